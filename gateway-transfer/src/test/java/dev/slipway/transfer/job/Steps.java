package dev.slipway.transfer.job;

import dev.slipway.testing.Patience;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A kind of job that does what a test says for each request. */
final class Steps implements JobKind {
    static final String NAME = "steps";

    private static final int LONGEST_SECONDS = Patience.SECONDS;

    /** What is done for a request. */
    interface Step {
        JobResult run(JobRun run) throws JobException, JobStoppedException;
    }

    /** What may fail. */
    interface Discard {
        void discard(int tried) throws JobException;
    }

    private final AtomicInteger discarded = new AtomicInteger();
    private volatile Discard whenDiscarding = _ -> {};
    private final Map<String, Step> steps = new ConcurrentHashMap<>();

    /** The ids of jobs that were run, in the order of their beginnings, again for each time. */
    final Queue<String> runs = new ConcurrentLinkedQueue<>();

    /** The ids of jobs that were cleaned up after, with what they had left as their checkpoints. */
    final Queue<String> discards = new ConcurrentLinkedQueue<>();

    Steps on(String request, Step step) {
        steps.put(request, step);
        return this;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public JobResult run(JobRun run) throws JobException, JobStoppedException {
        runs.add(run.job().id());
        Step step = steps.get(run.job().wanted().request());
        return step == null ? new JobResult.Done("done") : step.run(run);
    }

    @Override
    public void discard(JobRun run) throws JobException {
        int tried = discarded.incrementAndGet();
        discards.add(run.job().id() + " " + run.checkpoint());
        whenDiscarding.discard(tried);
    }

    /** Has something fail when it is to be cleaned up. */
    void whenDiscarding(Discard discard) {
        whenDiscarding = discard;
    }

    /** Goes on until it is stopped. */
    static JobResult untilStopped(JobRun run) throws JobException, JobStoppedException {
        CountDownLatch stopped = new CountDownLatch(1);
        run.onStop(stopped::countDown);
        await(stopped);
        run.throwIfStopped();
        throw JobException.permanent("it was not stopped");
    }

    static void await(CountDownLatch latch) throws JobException {
        try {
            if (!latch.await(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                throw JobException.permanent("what was waited for did not happen");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw JobException.temporary("interrupted", e);
        }
    }
}
