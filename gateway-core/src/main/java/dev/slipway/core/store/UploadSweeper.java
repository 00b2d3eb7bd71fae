package dev.slipway.core.store;

import dev.slipway.core.Failure;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Aborts, from the journal, the multipart uploads that crashes and outages left behind, and interrupted uploads that
 * nobody will resume. Finds out which of those to be announced were completed. Sweeps at the start and then repeatedly,
 * since the store may be down at times.
 */
public final class UploadSweeper implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(UploadSweeper.class);

    /** After this time the store has either created or completed an upload as requested, or never will. */
    private static final Duration UNNAMED_FOR = Duration.ofMinutes(20);

    /** If it is not known by then whether the store has completed an upload, the upload is not announced. */
    private static final Duration UNCLEAR_FOR = Duration.ofDays(1);

    /**
     * Assumed maximum difference between the store's clock and the gateway's: stores refuse requests with a larger one.
     */
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

    private final ObjectStore store;
    private final UploadJournal journal;
    private final Clock clock;
    private final Predicate<InterruptedUpload> over;
    private final AtomicLong aborted = new AtomicLong();
    private volatile int failing;

    /** The last failed lookups of uploads that are still unclear: the sweep's number, by the row. Guarded by this. */
    private final Map<String, Long> failedLookups = new HashMap<>();

    private long sweeps; // guarded by this
    private final ScheduledExecutorService schedule = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("upload-sweeper").daemon().factory());

    /** A sweeper that never gives up an upload that can be resumed. */
    public UploadSweeper(ObjectStore store, UploadJournal journal, Clock clock) {
        this(store, journal, clock, _ -> false);
    }

    /** @param over whether nobody will resume an interrupted upload */
    public UploadSweeper(ObjectStore store, UploadJournal journal, Clock clock, Predicate<InterruptedUpload> over) {
        this.over = over;
        this.store = store;
        this.journal = journal;
        this.clock = clock;
    }

    /** Sweeps in the background, now and after every interval. */
    public void start(Duration interval) {
        var _ = schedule.scheduleWithFixedDelay(this::sweepQuietly, 0, interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void sweepQuietly() {
        try {
            sweep();
        } catch (RuntimeException e) {
            log.warn("The sweep for leftover uploads failed; retrying", e);
        }
    }

    /**
     * Aborts the uploads left behind. Blocks.
     *
     * @return how many uploads were aborted; the next sweep retries those that the store did not abort
     */
    public synchronized int sweep() {
        journal.recover();
        for (InterruptedUpload upload : journal.allInterrupted()) {
            if (over.test(upload) && journal.discarded(upload.id())) {
                log.info(
                        "The upload of {}, interrupted at {}, has expired or cannot be resumed",
                        upload.key(),
                        upload.since());
            }
        }
        int count = 0;
        int failed = settle();
        for (UploadJournal.Entry entry : journal.leftBehind()) {
            try {
                count += sweep(entry);
            } catch (StoreException e) {
                failed++;
                log.warn("A leftover upload of {} could not be aborted yet: {}", entry.key(), e.getMessage());
            }
        }
        if (count > 0) {
            log.info("Aborted {} leftover uploads", count);
        }
        aborted.addAndGet(count);
        failing = failed;
        return count;
    }

    /** How many uploads all sweeps together have aborted. */
    public long aborted() {
        return aborted.get();
    }

    /** How many uploads the last sweep could not abort, or could not look up. */
    public int failing() {
        return failing;
    }

    /**
     * Finds out which uploads the store has completed. A bucket that does not answer is asked once in a sweep. Uploads
     * whose lookup failed come last in the next sweeps: a store may fail for single keys, and they must not keep others
     * waiting.
     *
     * @return how many could not be looked up
     */
    private int settle() {
        sweeps++;
        List<UploadJournal.Commit> unclear = new ArrayList<>(journal.unclear());
        failedLookups
                .keySet()
                .retainAll(unclear.stream().map(UploadJournal.Commit::id).collect(Collectors.toSet()));
        unclear.sort(Comparator.comparing(commit -> failedLookups.getOrDefault(commit.id(), 0L)));
        Set<String> silent = new HashSet<>();
        int failed = 0;
        for (UploadJournal.Commit commit : unclear) {
            if (silent.contains(commit.key().bucket())) {
                failed++;
                continue;
            }
            try {
                settle(commit);
            } catch (StoreException e) {
                failed++;
                failedLookups.put(commit.id(), sweeps);
                if (e.failure() == Failure.UNAVAILABLE) {
                    silent.add(commit.key().bucket());
                }
                if (isPast(commit, UNCLEAR_FOR)) {
                    journal.givenUp(commit, e.getMessage());
                } else {
                    log.warn("Cannot determine yet whether the store completed {}: {}", commit.key(), e.getMessage());
                }
            }
        }
        return failed;
    }

    /** Finds out whether the store has an upload that it was asked to complete. It may still be about to. */
    private void settle(UploadJournal.Commit commit) throws StoreException {
        Optional<StoredVersion> found = store.find(commit);
        if (found.isEmpty()) {
            if (isPast(commit, UNNAMED_FOR)) {
                var _ = journal.missing(commit);
            }
        } else {
            var _ = journal.found(commit, found.get());
        }
    }

    private boolean isPast(UploadJournal.Commit commit, Duration limit) {
        return commit.asked().plus(limit).isBefore(clock.instant());
    }

    private int sweep(UploadJournal.Entry entry) throws StoreException {
        if (!entry.uploadId().isEmpty()) {
            store.abort(new PendingUpload(entry.key(), entry.uploadId(), null));
            journal.ended(entry.id());
            return 1;
        }
        int count = 0;
        for (PendingUpload upload : store.pendingUploads(entry.key())) {
            if (!journal.isLive(upload) && mayBe(entry, upload)) {
                store.abort(upload);
                count++;
            }
        }
        if (count > 0 || entry.started().plus(UNNAMED_FOR).isBefore(clock.instant())) {
            journal.ended(entry.id());
        }
        return count;
    }

    /** Whether an upload that the store lists may be that of a row: others may use the same key at other times. */
    private static boolean mayBe(UploadJournal.Entry entry, PendingUpload upload) {
        Instant initiated = upload.initiated();
        return initiated != null
                && !initiated.isBefore(entry.started().minus(CLOCK_SKEW))
                && !initiated.isAfter(entry.started().plus(UNNAMED_FOR));
    }

    @Override
    public void close() {
        schedule.shutdownNow();
    }
}
