package dev.slipway.transfer.job;

import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.StateException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The jobs that this gateway is running. Writes their progress, and passes on requests to them. */
final class ActiveRuns {
    private static final Logger log = LoggerFactory.getLogger(ActiveRuns.class);

    private final StateDatabase database;
    private final RunRecords records;
    private final Executor background;
    private final Consumer<String> progressed;
    private final Map<String, ActiveRun> active = new ConcurrentHashMap<>();
    private final Object writing = new Object();

    /**
     * @param background for what should be done soon, but not by the thread that asks for it
     * @param progressed is told of jobs whose progress was written
     */
    ActiveRuns(StateDatabase database, RunRecords records, Executor background, Consumer<String> progressed) {
        this.database = database;
        this.records = records;
        this.background = background;
        this.progressed = progressed;
    }

    /** Begins a run. */
    ActiveRun begin(Job job, String checkpoint) {
        ActiveRun run = new ActiveRun(job, checkpoint, records, this::writeSoon);
        active.put(job.id(), run);
        return run;
    }

    void end(ActiveRun run) {
        active.remove(run.job().id(), run);
    }

    void stopAll(ActiveRun.Stop reason) {
        active.values().forEach(run -> run.stop(reason));
    }

    void writeAll() {
        write(active.values());
    }

    private void writeSoon(ActiveRun run) {
        inBackground(() -> write(List.of(run)));
    }

    private void inBackground(Runnable work) {
        try {
            background.execute(() -> {
                try {
                    work.run();
                } catch (StateException e) {
                    log.debug("The next round does it", e);
                }
            });
        } catch (RejectedExecutionException e) {
            log.debug("The gateway stops", e);
        }
    }

    /** Writes the progress of some runs, if it is new. */
    void write(Collection<ActiveRun> runs) {
        Map<ActiveRun, Progress> progress = new LinkedHashMap<>();
        // What was taken first is written first: the last one stays.
        synchronized (writing) {
            runs.forEach(run -> run.takeProgress().ifPresent(now -> progress.put(run, now)));
            if (progress.isEmpty()) {
                return;
            }
            try {
                records.write(progress);
            } catch (StateException e) {
                progress.keySet().forEach(ActiveRun::progressIsNew);
                throw e;
            }
        }
        progress.keySet().forEach(run -> progressed.accept(run.job().id()));
    }

    /** Looks for requests, and for jobs that no longer belong to this gateway. */
    void lookForSignals() {
        List<ActiveRun> runs = List.copyOf(active.values());
        Map<String, String> signals = database.read(handle -> QueueTable.claimed(handle, database.run()));
        for (ActiveRun run : runs) {
            String signal = signals.get(run.job().id());
            if (signal == null) {
                run.stop(ActiveRun.Stop.LOST);
            } else if (signal.equals(RunSignal.CANCEL.name())) {
                run.stop(ActiveRun.Stop.CANCELLED);
            } else if (signal.equals(RunSignal.PAUSE.name())) {
                run.stop(ActiveRun.Stop.PAUSED);
            }
        }
    }

    /** As above, soon. */
    void lookForSignalsSoon() {
        if (!active.isEmpty()) {
            inBackground(this::lookForSignals);
        }
    }
}
