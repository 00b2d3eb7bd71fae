package dev.slipway.core.quota;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.state.StateException;
import dev.slipway.core.state.UsageTable;
import dev.slipway.core.state.UsageTable.Area;
import dev.slipway.core.state.UsageTable.Change;
import dev.slipway.core.state.UsageTable.Total;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.UploadJournal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the storage totals of a {@link Ledger} true: follows the accounts, writes totals to the state database within a
 * second, and recounts them in the background at intervals.
 */
final class StorageTotals implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StorageTotals.class);

    private static final Duration TICK = Duration.ofSeconds(1);

    /** Interrupted uploads are also changed by others, for instance by the command that discards them. */
    private static final int TICKS_PER_READ_OF_INTERRUPTED = 5;

    /** The delay of the next attempt if the store cannot be listed. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** How long a page may take before another gateway may recount. */
    private static final Duration CLAIM = Duration.ofMinutes(2);

    private static final int PAGE = 1000;

    private final ObjectStore store;
    private final UploadJournal journal;
    private final UsageTable table;
    private final Supplier<Set<Area>> wantedAreas;
    private final Duration every;
    private final Clock clock;
    private final Ledger ledger;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("quotas").daemon().factory());
    private final ExecutorService background;
    private final Object flushing = new Object();
    private volatile boolean interruptedUploadsChanged = true;
    private volatile boolean closed;

    /** Whether anything is counted. */
    private volatile boolean tracking;

    @GuardedBy("this")
    private boolean failing;

    @GuardedBy("this")
    private long ticks;

    /**
     * @param store is listed; remains the caller's
     * @param wantedAreas the areas to count, from memory
     * @param every the interval of recounts
     * @param background runs recounts; closed with this
     */
    StorageTotals(
            Ledger ledger,
            ObjectStore store,
            UploadJournal journal,
            UsageTable table,
            Supplier<Set<Area>> wantedAreas,
            Duration every,
            Clock clock,
            ExecutorService background) {
        this.ledger = ledger;
        this.store = store;
        this.journal = journal;
        this.table = table;
        this.wantedAreas = wantedAreas;
        this.every = every;
        this.clock = clock;
        this.background = background;
    }

    /** Takes over the totals of an earlier run, and follows the accounts from now on. Blocks for the database. */
    void start() {
        table.takeOver();
        tracking = true;
        tick();
        // This gateway does not update these totals, so they must be recounted before they are used again.
        table.wantRecount(ledger.others(table.read()));
        var _ = timer.scheduleWithFixedDelay(this::tick, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Follows the accounts, writes totals to the database, and starts due recounts. */
    synchronized void tick() {
        try {
            Set<Area> wanted = wantedAreas.get();
            ledger.trackOnly(wanted);
            if (wanted.isEmpty() && !tracking) {
                return;
            }
            tracking = !wanted.isEmpty();
            flush();
            if (ticks++ % TICKS_PER_READ_OF_INTERRUPTED == 0) {
                interruptedUploadsChanged = true;
            }
            ledger.beginRecount(clock.instant(), every).ifPresent(area -> background.execute(() -> recount(area)));
            if (failing) {
                log.info("Storage totals can be written again");
            }
            failing = false;
        } catch (RuntimeException e) {
            if (!failing) {
                log.warn("Storage totals cannot be written; retrying every second", e);
            }
            failing = true;
        }
    }

    private void flush() {
        synchronized (flushing) {
            List<Change> changes = ledger.changes();
            List<Total> totals = changes.isEmpty() ? table.read() : table.add(changes);
            List<Area> superfluous = ledger.told(changes, totals, clock.instant());
            if (!superfluous.isEmpty()) {
                // Nobody updates them any more, so a later use starts with a recount.
                table.remove(superfluous);
            }
        }
    }

    private void recount(Area area) {
        boolean claimed = false;
        boolean done = false;
        try {
            Instant now = clock.instant();
            claimed = table.claim(area, now, now.plus(CLAIM));
            if (!claimed) {
                return;
            }
            measureInterrupted(area);
            String cursor = null;
            do {
                if (closed || !ledger.askForPage(area)) {
                    return;
                }
                ObjectPage page = store.list(area.bucket(), area.prefix(), false, cursor, PAGE);
                ledger.page(area, page);
                cursor = page.next();
                if (cursor != null) {
                    table.renew(area, clock.instant().plus(CLAIM));
                }
            } while (cursor != null);
            Optional<Change> correction = ledger.endRecount(area);
            done = true;
            // Before the area counts as counted, so that nobody sees an uncorrected total as a counted one.
            flush();
            table.counted(area, clock.instant());
            flush();
            correction.ifPresent(change -> log.info(
                    "Recounted {}: the total changes by {} bytes and {} files", area, change.bytes(), change.files()));
        } catch (StoreException | RuntimeException e) {
            if (closed) {
                return;
            }
            log.warn("{} could not be counted; retrying: {}", area, e.toString());
        } finally {
            if (done) {
                ledger.recountRecorded(area);
            } else {
                ledger.giveUpRecount(area, clock.instant().plus(PATIENCE), claimed);
                if (claimed) {
                    release(area);
                }
            }
        }
    }

    private void release(Area area) {
        try {
            table.release(area);
        } catch (StateException e) {
            log.debug("The claim to count {} could not be released: {}", area, e.getMessage());
        }
    }

    /** Asks the store about uploads that a killed gateway left behind. */
    private void measureInterrupted(Area area) throws StoreException {
        for (InterruptedUpload upload : journal.allInterrupted()) {
            if (upload.bytes() == InterruptedUpload.UNKNOWN
                    && upload.key().bucket().equals(area.bucket())
                    && upload.key().key().startsWith(area.prefix())) {
                var _ = store.interrupted(upload.key(), upload.owner().account());
                interruptedUploadsChanged = true;
            }
        }
    }

    /** The interrupted uploads are to be read again. */
    void interruptedUploadsChanged() {
        interruptedUploadsChanged = true;
    }

    /** Brings the interrupted uploads up to date in the ledger. Blocks for the database if they have changed. */
    void readInterrupted() {
        if (interruptedUploadsChanged) {
            interruptedUploadsChanged = false;
            boolean done = false;
            try {
                ledger.interrupted(journal.allInterrupted());
                done = true;
            } catch (StateException e) {
                log.debug("The interrupted uploads cannot be read: {}", e.getMessage());
            } finally {
                if (!done) {
                    interruptedUploadsChanged = true;
                }
            }
        }
    }

    /** Waits for work in progress, and writes the totals to the database. */
    @Override
    public void close() {
        closed = true;
        timer.shutdownNow();
        background.shutdownNow();
        try {
            if (!timer.awaitTermination(10, TimeUnit.SECONDS) || !background.awaitTermination(10, TimeUnit.SECONDS)) {
                log.warn("Storage totals are still being written");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (tracking) {
            try {
                flush();
                table.settle();
            } catch (RuntimeException e) {
                log.warn("Storage totals could not be written; the next start recounts", e);
            }
        }
    }
}
