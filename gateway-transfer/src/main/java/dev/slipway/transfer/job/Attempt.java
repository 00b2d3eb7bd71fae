package dev.slipway.transfer.job;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a job.
 *
 * @param number 1 and up
 * @param gateway the run of the gateway that made it
 * @param ended null while it is running, and if the gateway was killed
 * @param mode how it sends a file: {@code direct} or {@code streaming}; empty if that is not known, or if it sends none
 * @param parts of the file that are sent on their own, some of them at the same time; 0 without a mode
 * @param bytes that have arrived in it, at least 0
 * @param message its result; empty while it is running
 */
public record Attempt(
        int number,
        String gateway,
        Instant started,
        @Nullable Instant ended,
        String mode,
        int parts,
        long bytes,
        String message) {}
