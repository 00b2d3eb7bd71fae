/** Connection handling in front of the protocols. */
@NullMarked
package dev.slipway.core.net;

import org.jspecify.annotations.NullMarked;
