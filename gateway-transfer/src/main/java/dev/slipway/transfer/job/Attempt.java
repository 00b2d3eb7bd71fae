package dev.slipway.transfer.job;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One time that a job was worked on.
 *
 * @param number 1 and up
 * @param gateway the run of the gateway that worked on it
 * @param ended null while it goes on, and for ever if the gateway was killed
 * @param message what came of it; empty while it goes on
 */
public record Attempt(
        int number,
        String gateway,
        Instant started,
        @Nullable Instant ended,
        String message) {}
