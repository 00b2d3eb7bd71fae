/** Watched folders: files that local programs write there are stored as soon as they are complete. */
@NullMarked
package dev.slipway.ingest.watch;

import org.jspecify.annotations.NullMarked;
