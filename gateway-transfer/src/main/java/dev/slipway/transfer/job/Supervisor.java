package dev.slipway.transfer.job;

import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.StateException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done about jobs again and again: writing progress, looking for requests, taking over the jobs of gateways that are
 * gone, and forgetting old jobs.
 */
final class Supervisor {
    private static final Logger log = LoggerFactory.getLogger(Supervisor.class);

    /** How long a gateway keeps running jobs without the database: a server takes it for dead after half a minute. */
    private static final Duration OUT_OF_REACH = Duration.ofSeconds(20);

    /** For what is not urgent. */
    private static final int LOOKS_BETWEEN = 10;

    private static final Duration TIDYING = Duration.ofHours(1);
    private static final int REMOVED_AT_ONCE = 500;

    private final StateDatabase database;
    private final Clock clock;
    private final JobSettings settings;
    private final ActiveRuns active;
    private final JobStarts starts;
    private final Takeover takeover;
    private final EndReports reports;
    private final Runnable freed;
    private final AtomicBoolean isOutOfReach = new AtomicBoolean();
    private volatile long reached = System.nanoTime();
    private int looks;
    private Instant tidied = Instant.MIN;

    /** @param freed is called when jobs may have become due */
    Supervisor(
            StateDatabase database,
            Clock clock,
            JobSettings settings,
            ActiveRuns active,
            JobStarts starts,
            Takeover takeover,
            EndReports reports,
            Runnable freed) {
        this.database = database;
        this.clock = clock;
        this.settings = settings;
        this.active = active;
        this.starts = starts;
        this.takeover = takeover;
        this.reports = reports;
        this.freed = freed;
    }

    /** Takes over what earlier runs have left. Blocks for the database. */
    void begin() {
        var _ = takeover.takeOver();
        tidy();
    }

    /** Goes on with it until the executor is shut down. */
    void start(ScheduledExecutorService executor) {
        long polling = settings.polling().toNanos();
        reached = System.nanoTime();
        var _ = executor.scheduleWithFixedDelay(() -> look(this::lookAfterOwn), 0, polling, TimeUnit.NANOSECONDS);
        var _ = executor.scheduleWithFixedDelay(() -> look(this::lookAfterOthers), 0, polling, TimeUnit.NANOSECONDS);
        if (database.isShared()) {
            var _ = executor.scheduleWithFixedDelay(this::stopWhenOutOfReach, 1, 1, TimeUnit.SECONDS);
        }
    }

    private void look(Runnable work) {
        try {
            work.run();
        } catch (StateException e) {
            if (isOutOfReach.compareAndSet(false, true)) {
                log.warn("Jobs cannot be supervised: {}", e.getMessage());
            }
        } catch (RuntimeException e) {
            log.error("Supervising the jobs failed; retrying", e);
        }
    }

    private void lookAfterOwn() {
        active.writeAll();
        active.lookForSignals();
        reached = System.nanoTime();
        if (isOutOfReach.compareAndSet(true, false)) {
            log.warn("Jobs are supervised again");
        }
    }

    /** What may take long, beside the above. */
    private void lookAfterOthers() {
        if (takeover.takeOver()) {
            freed.run();
        }
        starts.endParkedTooLong();
        if (++looks % LOOKS_BETWEEN == 0) {
            starts.unparkAll();
            reports.retryFailed();
        }
        if (!clock.instant().isBefore(tidied.plus(TIDYING))) {
            tidy();
        }
        reports.reportSoon();
    }

    /** The database may also block {@link #lookAfterOwn} forever. Other gateways may soon run this gateway's jobs. */
    private void stopWhenOutOfReach() {
        if (System.nanoTime() - reached > OUT_OF_REACH.toNanos()) {
            active.stopAll(ActiveRun.Stop.OUT_OF_REACH);
        }
    }

    /** Removes jobs from the history that ended long ago, or are too many. */
    private void tidy() {
        Instant begun = clock.instant();
        Instant oldest = begun.minus(settings.history());
        Optional<Instant> beyond =
                database.read(handle -> JobHistory.endOfTheFirstBeyond(handle, settings.historyJobs()));
        Instant before = beyond.map(end -> end.plusMillis(1))
                .filter(end -> end.isAfter(oldest))
                .orElse(oldest);
        int removed = REMOVED_AT_ONCE;
        while (removed == REMOVED_AT_ONCE) {
            removed = database.inTransaction(handle -> JobHistory.removeEndedBefore(handle, before, REMOVED_AT_ONCE));
        }
        tidied = begun;
    }
}
