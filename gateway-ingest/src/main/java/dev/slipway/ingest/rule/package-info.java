/** Rules: what happens to a file once it is in. */
@NullMarked
package dev.slipway.ingest.rule;

import org.jspecify.annotations.NullMarked;
