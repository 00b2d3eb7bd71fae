package dev.slipway.ingest.watch;

import dev.slipway.core.event.Origin;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.StateException;
import dev.slipway.core.vfs.OwnWork;
import dev.slipway.ingest.target.Targets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The watched folders of a gateway. A watch belongs to one gateway at a time of those that share a state database; another
 * one takes it over when that has ended. Thread-safe.
 */
public final class Watches implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Watches.class);

    /** How often this looks whether other gateways have ended, and whether watches were paused there. */
    private static final Duration INTERVAL = Duration.ofSeconds(2);

    private static final int MOST_SHOWN = 1000;

    private final Targets targets;
    private final List<Entry> entries;
    private final WatchTable table;
    private final boolean isShared;
    private final InstantSource clock;
    private final CountDownLatch ending = new CountDownLatch(1);

    /** A watch of the configuration; the watch itself only while this gateway has it. */
    private static final class Entry {
        final WatchSettings settings;
        final Destination destination;
        final WatchCounts counts = new WatchCounts();

        volatile @Nullable Watch watch;
        boolean paused;

        Entry(WatchSettings settings, Destination destination) {
            this.settings = settings;
            this.destination = destination;
        }

        Counts counts() {
            Watch present = watch;
            return new Counts(
                    counts.files(),
                    counts.failures(),
                    present == null ? 0 : present.waiting(),
                    present == null ? 0 : present.overflows());
        }
    }

    /**
     * What a watch has done since the gateway's start.
     *
     * @param files that were stored
     * @param failures attempts that failed
     * @param waiting files that are to be looked at, or tried again
     * @param overflows how often the kernel has dropped events
     */
    public record Counts(long files, long failures, long waiting, long overflows) {}

    /**
     * Does not start anything yet.
     *
     * @param database closed by the caller, after this
     * @param settings with names that differ
     */
    public Watches(StateDatabase database, Targets targets, List<WatchSettings> settings, InstantSource clock) {
        this.targets = targets;
        this.table = new WatchTable(database);
        this.isShared = database.isShared();
        this.clock = clock;
        this.entries = settings.stream()
                .map(watch -> new Entry(
                        watch,
                        place -> targets.open(place.target(), new OwnWork(Origin.WATCH, watch.name()), database.run())))
                .toList();
    }

    /** Starts to look at the folders that no other gateway looks at. Blocks for the database. */
    public synchronized void start() {
        if (entries.isEmpty()) {
            return;
        }
        refresh();
        Thread _ = Thread.ofVirtual().name("watches").start(this::run);
    }

    private void run() {
        try {
            while (!ending.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                refresh();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void refresh() {
        try {
            Set<String> paused = table.paused();
            for (Entry entry : entries) {
                refresh(entry, paused.contains(entry.settings.name()));
            }
        } catch (StateException e) {
            log.debug("The watches of other gateways are unknown at present", e);
        }
    }

    private void refresh(Entry entry, boolean paused) {
        Watch watch = entry.watch;
        String name = entry.settings.name();
        entry.paused = paused;
        if (watch != null) {
            watch.pause(paused);
            if (isShared && !table.claim(name)) {
                log.warn("Another gateway has taken over the watch {}", name);
                watch.close();
                entry.watch = null;
            }
        } else if (ending.getCount() > 0 && table.claim(name)) {
            entry.watch = new Watch(entry.settings, entry.destination, table, entry.counts, paused, clock);
            log.info("Watching {} for {}", entry.settings.folder(), name);
        }
    }

    /** The names of all watches, in the order of the configuration. */
    public List<String> names() {
        return entries.stream().map(entry -> entry.settings.name()).toList();
    }

    /**
     * What a watch has done since the gateway's start. Does not block.
     *
     * @throws java.util.NoSuchElementException if there is none of this name
     */
    public Counts counts(String name) {
        return entry(name).orElseThrow().counts();
    }

    /** All watches, in the order of the configuration. Blocks for the database. */
    public synchronized List<WatchStatus> list() {
        return entries.stream().map(this::status).toList();
    }

    private WatchStatus status(Entry entry) {
        WatchSettings settings = entry.settings;
        Watch watch = entry.watch;
        Scan scan = watch == null ? null : watch.lastScan();
        WatchStatus.State state = watch == null
                ? WatchStatus.State.ELSEWHERE
                : entry.paused ? WatchStatus.State.PAUSED : WatchStatus.State.WATCHING;
        return new WatchStatus(
                settings.name(),
                settings.folder(),
                settings.bucketFolders()
                        ? "BUCKET:"
                                + Objects.requireNonNullElse(settings.target().prefix(), "")
                        : targets.describe(settings.target()),
                state,
                watch == null ? settings.mode() : watch.mode(),
                watch == null ? 0 : watch.waiting(),
                entry.counts.files(),
                entry.counts.bytes(),
                table.countFailing(settings.name()),
                watch == null ? 0 : watch.overflows(),
                scan == null ? null : scan.ended(),
                scan == null ? 0 : scan.files(),
                watch == null ? null : watch.problem());
    }

    /** A watch; empty if there is none of this name. Blocks for the database. */
    public synchronized Optional<WatchStatus> find(String name) {
        return entry(name).map(this::status);
    }

    private Optional<Entry> entry(String name) {
        return entries.stream()
                .filter(entry -> entry.settings.name().equals(name))
                .findFirst();
    }

    /** The files of a watch whose last attempt failed, up to 1,000, the longest failing first. Blocks for the database. */
    public List<FailingFile> failing(String name) {
        return table.failing(name, MOST_SHOWN).stream()
                .map(file -> new FailingFile(file.path(), file.attempts(), file.changed(), file.problem()))
                .toList();
    }

    /**
     * Pauses a watch, also beyond a restart, or resumes it. Uploads that have begun are finished. Another gateway that has
     * the watch follows within some seconds. Blocks for the database.
     *
     * @return false if there is none of this name
     */
    public synchronized boolean pause(String name, boolean paused) {
        Optional<Entry> found = entry(name);
        found.ifPresent(entry -> {
            table.pause(name, paused);
            entry.paused = paused;
            if (entry.watch != null) {
                entry.watch.pause(paused);
            }
        });
        return found.isPresent();
    }

    /**
     * Scans a folder soon, and tries again at once what has failed. Does nothing if another gateway has the watch.
     *
     * @return false if there is none of this name
     */
    public synchronized boolean rescan(String name) {
        Optional<Entry> found = entry(name);
        found.map(entry -> entry.watch).ifPresent(Watch::rescan);
        return found.isPresent();
    }

    /** Takes no more files, and waits until those that have begun are stored. Blocks, at most for the limit. */
    public void drain(Duration limit) throws InterruptedException {
        Instant deadline = Instant.now().plus(limit);
        ending.countDown();
        for (Watch watch : running()) {
            Duration left = Duration.between(Instant.now(), deadline);
            watch.drain(left.isNegative() ? Duration.ZERO : left);
        }
    }

    private synchronized List<Watch> running() {
        List<Watch> running = new ArrayList<>();
        for (Entry entry : entries) {
            if (entry.watch != null) {
                running.add(entry.watch);
            }
        }
        return running;
    }

    /** Ends the watches; uploads in progress are resumed by the next run. Blocks until they have ended. */
    @Override
    public void close() {
        ending.countDown();
        running().forEach(Watch::close);
        synchronized (this) {
            for (Entry entry : entries) {
                if (entry.watch != null) {
                    entry.watch = null;
                    release(entry.settings.name());
                }
            }
        }
    }

    private void release(String name) {
        try {
            table.release(name);
        } catch (StateException e) {
            log.debug("Another gateway takes over the watch {} when this one has ended", name, e);
        }
    }
}
