package dev.slipway.ingest.watch;

import dev.slipway.ingest.watch.inotify.Inotify;
import dev.slipway.ingest.watch.inotify.LinuxException;
import dev.slipway.ingest.watch.inotify.OpenDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.SequencedSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of the files below a folder: by a scan at the start, at intervals and on request, and if the kernel can, as they are
 * closed. No file that is complete is missed for longer than an interval, whatever the kernel drops or refuses. Symbolic
 * links below the folder are not followed. Thread-safe.
 */
final class FolderWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FolderWatch.class);

    /** More directories than this are not worth to be scanned one by one. */
    private static final int MOST_REQUESTS = 10_000;

    private final String name;
    private final Path root;
    private final WatchMode mode;
    private final Duration interval;
    private final FolderScan scan;
    private final Sightings sightings;
    private final AtomicLong lost = new AtomicLong();

    /** Directories to scan; guarded by itself, as what follows. */
    private final SequencedSet<Path> requests = new LinkedHashSet<>();

    private boolean closed;

    private volatile @Nullable DirectoryEvents events;
    private volatile @Nullable String problem;
    private final Thread thread;

    /**
     * Starts to tell of files, with a scan of all.
     *
     * @param name for threads
     * @param root need not exist yet
     * @param mode {@link WatchMode#AUTO} is the better of the two others
     * @param interval between scans of the whole folder, in addition to those that are necessary
     * @param enters whether a directory is looked into
     */
    FolderWatch(
            String name, Path root, WatchMode mode, Duration interval, Predicate<Path> enters, Sightings sightings) {
        this.name = name;
        this.root = root;
        this.mode = mode;
        this.interval = interval;
        this.sightings = sightings;
        this.scan = new FolderScan(root, enters, sightings, this::enter);
        this.requests.add(root);
        this.thread =
                Thread.ofPlatform().name("watch-" + name + "-scan").daemon().start(this::run);
    }

    /** How files are noticed now: {@link WatchMode#INOTIFY} or {@link WatchMode#POLLING}. */
    WatchMode mode() {
        return events == null ? WatchMode.POLLING : WatchMode.INOTIFY;
    }

    /** How often the kernel has dropped events; each time, a scan follows. */
    long overflows() {
        return lost.get();
    }

    /** Scans the whole folder soon. Does not block. */
    void rescan() {
        request(root);
    }

    private void request(Path directory) {
        synchronized (requests) {
            if (requests.contains(root)) {
                return;
            }
            if (directory.equals(root) || requests.size() == MOST_REQUESTS) {
                requests.clear();
                requests.add(root);
            } else {
                requests.add(directory);
            }
            requests.notifyAll();
        }
    }

    private void run() {
        try {
            while (true) {
                Path next = next();
                if (next == null) {
                    return;
                }
                if (next.equals(root)) {
                    openEvents();
                }
                scan.run(next, problem);
            }
        } catch (InterruptedException _) {
            // The watch is being closed.
        } catch (RuntimeException | Error e) {
            log.error("The watch {} has ended; no more files are found", name, e);
            throw e;
        }
    }

    /** The next directory to scan, after waiting for it; null if this is closed. */
    private @Nullable Path next() throws InterruptedException {
        long deadline = System.nanoTime() + interval.toNanos();
        synchronized (requests) {
            while (!closed) {
                if (!requests.isEmpty()) {
                    return requests.removeFirst();
                }
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    return root;
                }
                requests.wait(left);
            }
            return null;
        }
    }

    /** Asks the kernel for events, unless it reports them already. Tried before each scan, since a limit may be raised. */
    private void openEvents() {
        if (mode == WatchMode.POLLING || events != null || (mode == WatchMode.AUTO && !Inotify.isAvailable())) {
            return;
        }
        try {
            events = new DirectoryEvents(name, root, sightings, this::request, lost::incrementAndGet);
            problem = null;
        } catch (LinuxException e) {
            problem = e.getMessage();
        }
    }

    /** Called before a directory is listed: what comes after the listing is then an event. */
    private @Nullable String enter(Path directory, OpenDirectory open) {
        DirectoryEvents present = events;
        if (present == null) {
            return null;
        }
        try {
            present.watch(directory, open);
            return null;
        } catch (LinuxException e) {
            return e.isLimit() ? e.getMessage() : null;
        }
    }

    /** Blocks until both threads have ended. */
    @Override
    public void close() {
        synchronized (requests) {
            closed = true;
            requests.notifyAll();
        }
        thread.interrupt();
        boolean interrupted = Thread.interrupted();
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        DirectoryEvents present = events;
        if (present != null) {
            present.close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
