/** The files of the web console. */
@NullMarked
package dev.slipway.console;

import org.jspecify.annotations.NullMarked;
