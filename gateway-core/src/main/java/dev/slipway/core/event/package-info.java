/** Events of a gateway, for logs, metrics and reactions. */
@NullMarked
package dev.slipway.core.event;

import org.jspecify.annotations.NullMarked;
