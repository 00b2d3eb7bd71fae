package dev.slipway.ingest.watch;

import dev.slipway.ingest.target.OpenTarget;
import dev.slipway.ingest.target.TargetException;

/** Where the files of a watch are stored. Thread-safe. */
@FunctionalInterface
interface Destination {
    /** Opens the target of a file as it is now. Blocks for the state database. */
    OpenTarget open(WatchSettings.Place place) throws TargetException;
}
