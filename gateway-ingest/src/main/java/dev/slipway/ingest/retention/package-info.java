/** Deletes or moves old files of the store, by schedules. */
@NullMarked
package dev.slipway.ingest.retention;

import org.jspecify.annotations.NullMarked;
