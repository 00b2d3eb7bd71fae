package dev.slipway.transfer.job;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a job.
 *
 * @param number 1 and up
 * @param gateway the run of the gateway that made it
 * @param ended null while it is running, and if the gateway was killed
 * @param message its result; empty while it is running
 */
public record Attempt(
        int number,
        String gateway,
        Instant started,
        @Nullable Instant ended,
        String message) {}
