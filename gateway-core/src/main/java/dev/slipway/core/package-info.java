/** Concepts that all of Slipway uses: paths and failures. Nothing below this package knows a protocol library. */
@NullMarked
package dev.slipway.core;

import org.jspecify.annotations.NullMarked;
