package dev.slipway.transfer.job;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A job as it stood at one moment.
 *
 * @param wanted what was asked for; its id is never null
 * @param state where it stands
 * @param phase what is being done, in a word or two; empty before it has begun
 * @param attempt the attempt that is running, or was the last one: 1 and up; 0 before the first
 * @param bytesDone bytes that have arrived
 * @param bytesTotal bytes there are in all; -1 as long as that is not known
 * @param filesDone files that have arrived, of a batch
 * @param filesTotal files there are in all, of a batch; -1 for a job that is none, or as long as that is not known
 * @param message the last that is to be said of it: why it waits or failed, or what came of it; may be empty
 * @param created when it was asked for
 * @param started when its first attempt began
 * @param ended when it came to an end
 * @param nextAttempt when it is looked at again, unless it is running, paused or at its end
 * @param waitingSince since when there has not been enough room
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
    /** What the job is called: 36 characters where it was not named by its submitter. */
    public String id() {
        String id = wanted.id();
        if (id == null) {
            throw new IllegalStateException("a job without an id");
        }
        return id;
    }
}
