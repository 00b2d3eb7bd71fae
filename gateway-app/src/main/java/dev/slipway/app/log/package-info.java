/** The log, and the audit log of everything that clients do. */
@NullMarked
package dev.slipway.app.log;

import org.jspecify.annotations.NullMarked;
