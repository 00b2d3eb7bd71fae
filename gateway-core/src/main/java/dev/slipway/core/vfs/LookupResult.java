package dev.slipway.core.vfs;

import dev.slipway.core.store.ObjectInfo;

/** What is at a path. */
sealed interface LookupResult {
    /** A file. */
    record File(ObjectInfo object) implements LookupResult {}

    /** A directory. */
    record Directory() implements LookupResult {}

    /** Nothing. */
    record Nothing() implements LookupResult {}
}
