/** The work of a gateway outside of sessions: pushing files to other servers. */
@NullMarked
package dev.slipway.transfer;

import org.jspecify.annotations.NullMarked;
