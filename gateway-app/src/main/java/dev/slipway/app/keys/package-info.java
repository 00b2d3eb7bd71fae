/** Certificates and keys: reading, creating, and reloading them while the gateway runs. */
@NullMarked
package dev.slipway.app.keys;

import org.jspecify.annotations.NullMarked;
