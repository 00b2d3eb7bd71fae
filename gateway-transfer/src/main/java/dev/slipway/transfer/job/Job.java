package dev.slipway.transfer.job;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of a job.
 *
 * @param wanted the order; its id is never null
 * @param state its state
 * @param phase the current step, in a word or two; empty before it has started
 * @param attempt the number of the current or last attempt, from 1; 0 before the first
 * @param bytesDone bytes that have arrived
 * @param bytesTotal total bytes; -1 while unknown
 * @param filesDone files that have arrived, of a batch
 * @param filesTotal files there are in all, of a batch; -1 for a job that is none, or as long as that is not known
 * @param message why it waits or failed, or its result; may be empty
 * @param created when it was asked for
 * @param started when its first attempt began
 * @param ended when it came to an end
 * @param nextAttempt time of the next attempt or check, unless it is running, paused or has ended
 * @param waitingSince since when it has been waiting for space
 */
public record Job(
        NewJob wanted,
        JobState state,
        String phase,
        int attempt,
        long bytesDone,
        long bytesTotal,
        long filesDone,
        long filesTotal,
        String message,
        Instant created,
        @Nullable Instant started,
        @Nullable Instant ended,
        @Nullable Instant nextAttempt,
        @Nullable Instant waitingSince) {
    /** The job's id: 36 characters unless its submitter has named it. */
    public String id() {
        String id = wanted.id();
        if (id == null) {
            throw new IllegalStateException("a job without an id");
        }
        return id;
    }
}
