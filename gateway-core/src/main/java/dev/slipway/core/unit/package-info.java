/** How amounts, limits and moments are written, in settings and in commands. */
@NullMarked
package dev.slipway.core.unit;

import org.jspecify.annotations.NullMarked;
