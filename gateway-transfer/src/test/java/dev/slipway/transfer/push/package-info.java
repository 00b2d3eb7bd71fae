/** Tests of pushes, against real SSH servers and a real store. */
@NullMarked
package dev.slipway.transfer.push;

import org.jspecify.annotations.NullMarked;
