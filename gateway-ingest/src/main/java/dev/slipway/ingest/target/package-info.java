/** Where files are stored that arrive without a client, and under which names. */
@NullMarked
package dev.slipway.ingest.target;

import org.jspecify.annotations.NullMarked;
