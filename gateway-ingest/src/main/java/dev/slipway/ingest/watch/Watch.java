package dev.slipway.ingest.watch;

import dev.slipway.core.state.StateException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A watched folder while this gateway looks at it: a {@link FolderWatch} finds files, {@link PendingFiles} keeps those that
 * are to be looked at, and some threads store them by {@link Delivery}. The memory is bounded: what does not fit into the
 * queue is found by another scan.
 */
final class Watch implements Sightings, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Watch.class);

    private static final int MOST_PENDING = 10_000;
    private static final int PAGE = 500;
    private static final Duration LONGEST_OUTAGE_DELAY = Duration.ofMinutes(1);

    /** How often files are forgotten that have gone. */
    private static final Duration FORGETTING = Duration.ofHours(1);

    private final String name;
    private final WatchedFolder folder;
    private final WatchTable table;
    private final PendingFiles pending = new PendingFiles(MOST_PENDING);
    private final CountDownLatch ending = new CountDownLatch(1);
    private final List<Delivery> deliveries = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final FolderWatch watch;

    private volatile @Nullable Scan lastScan;
    private volatile @Nullable String outage;
    private Instant forgotten = Instant.MIN;

    /** Starts to look at the folder, and to store files unless it is paused. */
    Watch(
            WatchSettings settings,
            Destination destination,
            WatchTable table,
            WatchCounts counts,
            boolean paused,
            InstantSource clock) {
        this.name = settings.name();
        this.folder = new WatchedFolder(settings, clock);
        this.table = table;
        pending.hold(paused);
        for (int i = 0; i < settings.uploads(); i++) {
            Delivery delivery = new Delivery(name, folder, destination, table, counts, clock);
            deliveries.add(delivery);
            // They wait for disks, and would pin the carriers of virtual threads.
            threads.add(
                    Thread.ofPlatform().name("watch-" + name + "-" + i).daemon().start(() -> run(delivery)));
        }
        watch = new FolderWatch(name, settings.folder(), settings.mode(), settings.scanEvery(), folder::enters, this);
    }

    private void run(Delivery delivery) {
        try {
            for (int outages = 0; ; ) {
                Path file = pending.take();
                switch (deliver(delivery, file)) {
                    case Delivery.Next.Done _ -> {
                        pending.done(file);
                        outages = 0;
                        works();
                    }
                    case Delivery.Next.Again(Duration delay) -> {
                        pending.again(file, delay);
                        outages = 0;
                    }
                    case Delivery.Next.Outage(String problem) -> {
                        fails(problem);
                        pending.again(file, Duration.ZERO);
                        if (ending.await(outageDelay(outages++).toMillis(), TimeUnit.MILLISECONDS)) {
                            return;
                        }
                    }
                }
            }
        } catch (InterruptedException _) {
            // The watch is being closed.
        }
    }

    /** An error of our own must not end the thread. */
    private static Delivery.Next deliver(Delivery delivery, Path file) {
        try {
            return delivery.deliver(file);
        } catch (RuntimeException e) {
            log.error("{} could not be looked at", file, e);
            return new Delivery.Next.Outage(e.toString());
        }
    }

    private static Duration outageDelay(int outages) {
        Duration delay = Duration.ofSeconds(1L << Math.min(outages, 10));
        return delay.compareTo(LONGEST_OUTAGE_DELAY) > 0 ? LONGEST_OUTAGE_DELAY : delay;
    }

    private synchronized void fails(String problem) {
        if (outage == null && ending.getCount() > 0) {
            log.warn("The files of the watch {} wait: {}", name, problem);
        }
        outage = problem;
    }

    private void works() {
        if (outage != null) {
            synchronized (this) {
                if (outage != null) {
                    outage = null;
                    log.info("The files of the watch {} are stored again", name);
                }
            }
        }
    }

    @Override
    public boolean changed(Path file) {
        return !folder.contains(file) || pending.offer(file);
    }

    @Override
    public void found(List<Path> files) throws InterruptedException {
        Map<String, Path> byPath = new LinkedHashMap<>();
        for (Path file : files) {
            if (folder.contains(file)) {
                byPath.put(folder.pathOf(file), file);
            }
        }
        Map<String, WatchedFile> known = known(byPath);
        for (Map.Entry<String, Path> file : byPath.entrySet()) {
            if (!isSettled(file.getValue(), known.get(file.getKey()))) {
                pending.put(file.getValue());
            }
        }
    }

    /** What the table says; nothing, and so every file is looked at, if it cannot be read. */
    private Map<String, WatchedFile> known(Map<String, Path> files) {
        try {
            return table.find(name, files.keySet());
        } catch (StateException e) {
            fails(String.valueOf(e.getMessage()));
            return Map.of();
        }
    }

    private boolean isSettled(Path file, @Nullable WatchedFile known) {
        try {
            return known != null
                    && known.attempts() == 0
                    && folder.keepsFiles()
                    && known.isStored(folder.version(file));
        } catch (IOException _) {
            return false;
        }
    }

    @Override
    public void scanned(Scan scan) {
        Scan previous = lastScan;
        String problem = scan.problem();
        if (problem != null && (previous == null || !problem.equals(previous.problem()))) {
            log.warn("The watch {} may notice files late, or not at all: {}", name, problem);
        }
        lastScan = scan;
        // An empty folder may be one that is not mounted.
        if (problem == null && scan.files() > 0 && scan.ended().isAfter(forgotten.plus(FORGETTING))) {
            forgotten = scan.ended();
            forgetGone();
        }
    }

    /** Removes what is known of files that have gone. */
    private void forgetGone() {
        try {
            String path = "";
            while (true) {
                List<WatchedFile> page = table.after(name, path, PAGE);
                if (page.isEmpty()) {
                    return;
                }
                table.remove(
                        name,
                        page.stream()
                                .map(WatchedFile::path)
                                .filter(gone -> Files.notExists(folder.file(gone), LinkOption.NOFOLLOW_LINKS))
                                .toList());
                path = page.getLast().path();
            }
        } catch (StateException e) {
            log.debug("Files of the watch {} that have gone stay in the table", name, e);
        }
    }

    void pause(boolean paused) {
        pending.hold(paused);
    }

    /** Looks at the whole folder soon, and at files that wait for another attempt at once. Does not block. */
    void rescan() {
        pending.hurry();
        watch.rescan();
    }

    WatchMode mode() {
        return watch.mode();
    }

    long waiting() {
        return pending.size();
    }

    long overflows() {
        return watch.overflows();
    }

    @Nullable
    Scan lastScan() {
        return lastScan;
    }

    /** What is wrong; null if nothing is. */
    @Nullable
    String problem() {
        String problem = outage;
        Scan scan = lastScan;
        return problem != null ? problem : scan == null ? null : scan.problem();
    }

    /** Takes no more files, and waits until those that have begun are stored. Blocks, at most for the limit. */
    void drain(Duration limit) throws InterruptedException {
        pending.hold(true);
        pending.awaitNoneTaken(limit);
    }

    /** Ends uploads in progress, which are resumed later. Blocks until all threads have ended. */
    @Override
    public void close() {
        ending.countDown();
        deliveries.forEach(Delivery::close);
        // Those that wait for a file.
        pending.end();
        watch.close();
        boolean interrupted = Thread.interrupted();
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException _) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
