/** Pushing objects to remote servers. */
@NullMarked
package dev.slipway.transfer.push;

import org.jspecify.annotations.NullMarked;
