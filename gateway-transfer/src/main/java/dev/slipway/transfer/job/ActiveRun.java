package dev.slipway.transfer.job;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.state.StateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A job that this gateway is running. */
final class ActiveRun implements JobRun {
    private static final Logger log = LoggerFactory.getLogger(ActiveRun.class);

    /** Why the work is to end. */
    enum Stop {
        /** The job was paused. */
        PAUSED("paused"),
        /** The job was cancelled. */
        CANCELLED("cancelled"),
        SHUTDOWN("the gateway was shut down"),
        /** It is another gateway's. */
        LOST("another gateway is working on it"),
        /** It may soon be another gateway's. */
        OUT_OF_REACH("the state database was unreachable"),
        /** Cleanup took too long. */
        TIME_OVER("it took too long");

        private final String message;

        Stop(String message) {
            this.message = message;
        }
    }

    private final Job job;
    private final RunRecords records;
    private final PhaseListener phases;

    @GuardedBy("this")
    private final List<Runnable> actions = new ArrayList<>();

    @GuardedBy("this")
    private String checkpoint;

    @GuardedBy("this")
    private Progress progress;

    @GuardedBy("this")
    private boolean isNew;

    @GuardedBy("this")
    private boolean ending;

    @GuardedBy("this")
    private @Nullable Stop stop;

    /** Told of each change of the phase, by the thread that has made it. */
    interface PhaseListener {
        void phaseChanged(ActiveRun run);
    }

    ActiveRun(Job job, String checkpoint, RunRecords records, PhaseListener phases) {
        this.job = job;
        this.checkpoint = checkpoint;
        this.progress = Progress.of(job);
        this.records = records;
        this.phases = phases;
    }

    @Override
    public Job job() {
        return job;
    }

    @Override
    public synchronized String checkpoint() {
        return checkpoint;
    }

    @Override
    public void save(String checkpoint) throws JobException {
        boolean saved;
        try {
            saved = records.save(job.id(), job.attempt(), checkpoint);
        } catch (StateException e) {
            throw JobException.temporary("the state of the job could not be saved: " + e.getMessage(), e);
        }
        if (!saved) {
            stop(Stop.LOST);
            throw JobException.temporary(Stop.LOST.message);
        }
        synchronized (this) {
            this.checkpoint = checkpoint;
        }
    }

    @Override
    public void progress(String phase, long bytesDone, long bytesTotal) {
        progress(new Progress(phase, bytesDone, bytesTotal, job.filesDone(), job.filesTotal()));
    }

    @Override
    public void progress(String phase, long bytesDone, long bytesTotal, long filesDone, long filesTotal) {
        progress(new Progress(phase, bytesDone, bytesTotal, filesDone, filesTotal));
    }

    @Override
    public void sends(String mode, int parts) {
        try {
            records.sends(job, mode, parts);
        } catch (StateException e) {
            // It is only shown. The work itself may go on.
            log.debug("The mode of job {} could not be recorded", job.id(), e);
        }
    }

    private void progress(Progress now) {
        boolean isPhaseNew;
        synchronized (this) {
            isPhaseNew = !progress.phase().equals(now.phase());
            isNew |= !progress.equals(now);
            progress = now;
        }
        if (isPhaseNew) {
            phases.phaseChanged(this);
        }
    }

    /** The progress, if it was not taken yet. */
    synchronized Optional<Progress> takeProgress() {
        if (!isNew) {
            return Optional.empty();
        }
        isNew = false;
        return Optional.of(progress);
    }

    /** It could not be written. */
    synchronized void progressIsNew() {
        isNew = true;
    }

    @Override
    public void throwIfStopped() throws JobStoppedException {
        if (stopped().isPresent()) {
            throw new JobStoppedException();
        }
    }

    @Override
    public void onStop(Runnable action) {
        synchronized (this) {
            if (stop == null) {
                actions.add(action);
                return;
            }
        }
        action.run();
    }

    /** Requests the end of the work. The first reason counts. */
    void stop(Stop reason) {
        List<Runnable> now;
        synchronized (this) {
            if (stop != null || ending) {
                return;
            }
            stop = reason;
            now = List.copyOf(actions);
            actions.clear();
        }
        for (Runnable action : now) {
            // They may block, and the caller may have other jobs to stop.
            Thread.ofVirtual().name("job-stop").start(() -> {
                try {
                    action.run();
                } catch (RuntimeException e) {
                    log.warn("Stopping the work on job {} failed", job.id(), e);
                }
            });
        }
    }

    synchronized Optional<Stop> stopped() {
        return Optional.ofNullable(stop);
    }

    /** Why the work was stopped, for people. */
    Optional<String> stopMessage() {
        return stopped().map(reason -> reason.message);
    }

    /** The work has ended; nothing stops it any more. */
    synchronized void ending() {
        ending = true;
    }

    @Override
    public boolean reserve(String place, long bytes, long available) throws JobException {
        if (bytes < 0) {
            throw new IllegalArgumentException("a reservation must not be negative: " + bytes);
        }
        long doneBefore;
        synchronized (this) {
            doneBefore = progress.bytesDone();
        }
        Optional<Boolean> reserved;
        try {
            reserved = records.reserve(job, place, bytes, available, doneBefore);
        } catch (StateException e) {
            throw JobException.temporary("space could not be reserved: " + e.getMessage(), e);
        }
        return reserved.orElseThrow(() -> {
            stop(Stop.LOST);
            return JobException.temporary(Stop.LOST.message);
        });
    }

    @Override
    public boolean isInTheWay() throws JobException {
        try {
            return records.isInTheWay(job.id());
        } catch (StateException e) {
            throw JobException.temporary("cannot tell whether other jobs wait for space: " + e.getMessage(), e);
        }
    }
}
