/** Tests of archives. */
@NullMarked
package dev.slipway.ingest.archive;

import org.jspecify.annotations.NullMarked;
