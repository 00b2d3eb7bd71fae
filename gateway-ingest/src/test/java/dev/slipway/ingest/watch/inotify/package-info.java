/** Tests of what Linux says of files. */
@NullMarked
package dev.slipway.ingest.watch.inotify;

import org.jspecify.annotations.NullMarked;
