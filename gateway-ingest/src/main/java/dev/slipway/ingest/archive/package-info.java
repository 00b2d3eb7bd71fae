/** Many small files are put into one object, in which they can still be found and read. */
@NullMarked
package dev.slipway.ingest.archive;

import org.jspecify.annotations.NullMarked;
