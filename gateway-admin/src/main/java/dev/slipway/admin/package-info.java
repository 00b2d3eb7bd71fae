/** What operators ask a running gateway: whether it is well, and how much it does. */
@NullMarked
package dev.slipway.admin;

import org.jspecify.annotations.NullMarked;
