package dev.slipway.core.vfs;

import dev.slipway.core.PosixAttributes;
import java.time.Instant;
import java.util.Optional;

/**
 * What a client has set for a file that it uploads.
 *
 * @param created the mode, owner and group of a new file
 * @param posix those that the client has set on the open file, whether that is new or not
 */
record SetAttributes(Optional<Instant> modified, PosixAttributes created, PosixAttributes posix) {}
