package dev.slipway.transfer.push;

import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.job.NewJob;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The run of a job without an engine. The next run begins with what it has saved. */
final class TestRun implements JobRun {
    private final NewJob wanted;
    private final List<Runnable> onStop = new ArrayList<>();
    private final List<String> phases = new ArrayList<>();
    private String checkpoint;
    private boolean stopped;
    private long bytesDone;
    private final List<String> modes = new ArrayList<>();
    private Consumer<TestRun> watcher = _ -> {};

    TestRun(NewJob wanted, String checkpoint) {
        this.wanted = wanted;
        this.checkpoint = checkpoint;
    }

    /** Calls a hook at each progress report; its exception ends the work there. */
    TestRun watchedBy(Consumer<TestRun> value) {
        watcher = value;
        return this;
    }

    /** Other threads unblock the work, as in an engine. */
    void stop() {
        List<Runnable> actions;
        synchronized (this) {
            stopped = true;
            actions = List.copyOf(onStop);
        }
        actions.forEach(Thread::startVirtualThread);
    }

    synchronized long bytesDone() {
        return bytesDone;
    }

    synchronized List<String> phases() {
        return List.copyOf(phases);
    }

    /** Each mode, and how many parts there were. */
    synchronized List<String> modes() {
        return List.copyOf(modes);
    }

    @Override
    public synchronized void sends(String mode, int parts) {
        modes.add(mode + " " + parts);
    }

    @Override
    public Job job() {
        return new Job(
                wanted, JobState.RUNNING, "", 1, 0, -1, 0, -1, "", Instant.EPOCH, Instant.EPOCH, null, null, null);
    }

    @Override
    public synchronized String checkpoint() {
        return checkpoint;
    }

    @Override
    public void save(String value) {
        watcher.accept(this);
        synchronized (this) {
            checkpoint = value;
        }
        watcher.accept(this);
    }

    @Override
    public void progress(String phase, long done, long total) {
        synchronized (this) {
            if (phases.isEmpty() || !phases.getLast().equals(phase)) {
                phases.add(phase);
            }
            bytesDone = done;
        }
        watcher.accept(this);
    }

    @Override
    public void progress(String phase, long done, long total, long filesDone, long filesTotal) {
        progress(phase, done, total);
    }

    @Override
    public synchronized void throwIfStopped() throws JobStoppedException {
        if (stopped) {
            throw new JobStoppedException();
        }
    }

    @Override
    public void onStop(Runnable action) {
        boolean now;
        synchronized (this) {
            now = stopped;
            onStop.add(action);
        }
        if (now) {
            action.run();
        }
    }

    /** There are no other reservations. */
    @Override
    public boolean reserve(String place, long bytes, long available) {
        return bytes <= available;
    }

    @Override
    public boolean isInTheWay() {
        return false;
    }
}
