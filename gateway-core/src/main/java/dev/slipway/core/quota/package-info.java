/** How much is stored where, and how much more an account may store. */
@NullMarked
package dev.slipway.core.quota;

import org.jspecify.annotations.NullMarked;
