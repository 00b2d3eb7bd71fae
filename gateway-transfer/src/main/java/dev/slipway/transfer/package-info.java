/** What a gateway does on its own: sending files to other servers. */
@NullMarked
package dev.slipway.transfer;

import org.jspecify.annotations.NullMarked;
