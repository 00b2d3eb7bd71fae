/** The gateway as a whole: the embedding API, the wiring, and the command line. */
@NullMarked
package dev.slipway.app;

import org.jspecify.annotations.NullMarked;
