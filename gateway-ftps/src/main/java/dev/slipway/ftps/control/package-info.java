/**
 * Control connections: listeners, the lines that arrive, sessions with their state and login, and replies.
 */
@NullMarked
package dev.slipway.ftps.control;

import org.jspecify.annotations.NullMarked;
