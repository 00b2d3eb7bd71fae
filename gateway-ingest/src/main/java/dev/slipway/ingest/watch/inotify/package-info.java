/** What Linux says of files: changes in folders, and who has a file open for writing. */
@NullMarked
package dev.slipway.ingest.watch.inotify;

import org.jspecify.annotations.NullMarked;
