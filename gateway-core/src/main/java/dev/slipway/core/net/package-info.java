/** What comes in front of the protocols on a connection. */
@NullMarked
package dev.slipway.core.net;

import org.jspecify.annotations.NullMarked;
