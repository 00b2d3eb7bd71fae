package dev.slipway.transfer.job;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The jobs of a gateway: submitted, listed and steered here by whoever may. All calls block for the database and may come
 * from any thread.
 */
public interface Jobs {
    /** Keeps a job; it is durable when this returns, and is worked on when its turn comes. */
    Job submit(NewJob job);

    /** The newest first. */
    List<Job> list(JobFilter filter);

    /** A job, also one that has ended, for as long as the history is kept. */
    Optional<Job> find(String id);

    /** How far the parts of a batch are. */
    BatchProgress progress(String batch);

    /** The attempts of a job, the first one first. */
    List<Attempt> attempts(String id);

    /**
     * Cancels a job, and the parts of a batch. One that is being worked on ends within seconds.
     *
     * @return whether it was not at its end
     */
    boolean cancel(String id);

    /**
     * Stops a job, and the parts of a batch, for the time being.
     *
     * @return whether it was neither paused nor at its end
     */
    boolean pause(String id);

    /**
     * Goes on with a job that was paused, and with the parts of a batch.
     *
     * @return whether it was paused
     */
    boolean resume(String id);

    /**
     * Has a job that failed or was cancelled, or waits for its next attempt or for room, tried now.
     *
     * @return whether it was one of these
     */
    boolean retry(String id);

    /**
     * Tells a subscriber of each change of a job on this gateway, and of progress about once a second, as it happens.
     *
     * @param subscriber called on the job's thread; must not block
     * @return ends it
     */
    AutoCloseable subscribe(Consumer<Job> subscriber);
}
