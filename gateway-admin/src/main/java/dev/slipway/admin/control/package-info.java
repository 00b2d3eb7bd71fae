/** How commands reach a gateway from its own machine: a socket in its state directory. */
@NullMarked
package dev.slipway.admin.control;

import org.jspecify.annotations.NullMarked;
