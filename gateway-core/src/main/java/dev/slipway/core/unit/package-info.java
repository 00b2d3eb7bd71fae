/** The notation of amounts, limits and dates in settings and commands. */
@NullMarked
package dev.slipway.core.unit;

import org.jspecify.annotations.NullMarked;
