package dev.slipway.transfer.job;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a job is retried after failures. What is null is as the engine's {@link JobSettings} have it.
 *
 * @param attempts how many attempts in a row may fail without progress, at least 1; the last one fails the job
 * @param firstPause the longest pause after the first failure, positive; each further failure doubles it
 * @param longestPause the longest pause of all; a shorter one than {@code firstPause} counts as that
 */
public record Retries(
        @Nullable Integer attempts,
        @Nullable Duration firstPause,
        @Nullable Duration longestPause) {
    /** As the engine's settings have it. */
    public static final Retries USUAL = new Retries(null, null, null);

    public Retries {
        if ((attempts != null && attempts < 1)
                || (firstPause != null && !firstPause.isPositive())
                || (longestPause != null && !longestPause.isPositive())) {
            throw new IllegalArgumentException("attempts or a pause is too small");
        }
    }

    /** These; what is null in them is taken from others. */
    public Retries or(Retries others) {
        return new Retries(
                attempts == null ? others.attempts : attempts,
                firstPause == null ? others.firstPause : firstPause,
                longestPause == null ? others.longestPause : longestPause);
    }
}
