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
     * Cancels a job, and the parts of a batch. One that is being worked on ends within seconds, done if that is just what it
     * was about to be.
     *
     * @return whether it, or a part, was not at its end
     */
    boolean cancel(String id);

    /**
     * Stops a job, and the parts of a batch, for the time being.
     *
     * @return whether it, or a part, was neither paused nor at its end
     */
    boolean pause(String id);

    /**
     * Goes on with a job that was paused, and with the parts of a batch.
     *
     * @return whether it was paused
     */
    boolean resume(String id);

    /**
     * Has a job that failed or was cancelled, or waits for its next attempt or for room, tried now; and the parts of a batch
     * that failed or were cancelled. A deadline that has passed does not count any more.
     *
     * @return whether it, or a part, was one of these
     */
    boolean retry(String id);

    /**
     * Tells a subscriber of each change of a job on this gateway, and of progress about once a second, as it happens; of
     * its end once.
     *
     * @param subscriber called on the thread that has made the change, one that works on a job as a rule; must not block
     * @return ends it
     */
    AutoCloseable subscribe(Consumer<Job> subscriber);
}
