/** A search server for tests. */
@NullMarked
package dev.slipway.opensearch;

import org.jspecify.annotations.NullMarked;
