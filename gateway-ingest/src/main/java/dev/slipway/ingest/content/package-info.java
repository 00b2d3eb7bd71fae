/** Decompresses files and expands archives, as streams, within limits. */
@NullMarked
package dev.slipway.ingest.content;

import org.jspecify.annotations.NullMarked;
