/** Certificates and keys: reading them, making them, taking up changed files while the gateway runs. */
@NullMarked
package dev.slipway.app.keys;

import org.jspecify.annotations.NullMarked;
