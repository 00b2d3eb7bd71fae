/** What the process writes about itself: the log, and the audit of everything that clients do. */
@NullMarked
package dev.slipway.app.log;

import org.jspecify.annotations.NullMarked;
