/** Reads JSON into records, and collects every problem instead of stopping at the first. */
@NullMarked
package dev.slipway.transfer.json;

import org.jspecify.annotations.NullMarked;
