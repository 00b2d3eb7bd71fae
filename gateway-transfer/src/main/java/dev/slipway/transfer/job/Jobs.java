package dev.slipway.transfer.job;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The jobs of a gateway: submitted, listed and controlled here. All calls block for the database and may come from any
 * thread.
 */
public interface Jobs {
    /** Submits a job; it is durable when this returns, and runs when it is due. */
    Job submit(NewJob job);

    /** The newest first. */
    List<Job> list(JobFilter filter);

    /** How many jobs are in each state, without the parts of batches; states without jobs are left out. */
    Map<JobState, Long> counts();

    /** A job, also one that has ended, for as long as the history is kept. */
    Optional<Job> find(String id);

    /**
     * Jobs whose ids begin with a text, in the order of their ids.
     *
     * @param limit the most jobs wanted
     */
    List<Job> beginningWith(String begin, int limit);

    /** How far the parts of a batch are. */
    BatchProgress progress(String batch);

    /** The attempts of a job, the first one first. */
    List<Attempt> attempts(String id);

    /**
     * Cancels a job, and the parts of a batch. A running one ends within seconds, possibly successfully.
     *
     * @return whether it, or a part, had not ended
     */
    boolean cancel(String id);

    /**
     * Pauses a job, and the parts of a batch.
     *
     * @return whether it, or a part, was neither paused nor ended
     */
    boolean pause(String id);

    /**
     * Resumes a paused job, and the parts of a batch.
     *
     * @return whether it was paused
     */
    boolean resume(String id);

    /**
     * Retries a failed, cancelled or waiting job now, and the failed or cancelled parts of a batch. A passed deadline
     * no longer counts.
     *
     * @return whether it, or a part, was one of these
     */
    boolean retry(String id);

    /**
     * Subscribes to each change of a job on this gateway, to progress about once a second, and to its end once.
     *
     * @param subscriber called on the thread that has made the change, usually one that runs a job; must not block
     * @return ends it
     */
    AutoCloseable subscribe(Consumer<Job> subscriber);
}
