/** Tests with files that the real tools have made. */
@NullMarked
package dev.slipway.ingest.content;

import org.jspecify.annotations.NullMarked;
