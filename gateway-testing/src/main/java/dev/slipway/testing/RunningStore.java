package dev.slipway.testing;

import java.io.Closeable;

/** A store that runs until it is closed. */
interface RunningStore extends Closeable {
    S3Endpoint endpoint();
}
