package dev.slipway.ingest.watch;

import dev.slipway.ingest.watch.inotify.Inotify;
import dev.slipway.ingest.watch.inotify.LinuxException;
import dev.slipway.ingest.watch.inotify.OpenDirectory;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the kernel reports of a folder, by inotify. It watches single directories; {@link FolderWatch} adds each, and then
 * lists it, so that nothing is missed between the two. Thread-safe.
 */
final class DirectoryEvents implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DirectoryEvents.class);

    private final Path root;
    private final Inotify inotify;
    private final Sightings sightings;
    private final Consumer<Path> scan;
    private final Runnable lost;

    /** The watched directories. A directory that was renamed within the folder keeps its watch and gets another path. */
    private final Map<Integer, Path> directories = new HashMap<>();

    private final Thread thread;

    /**
     * Starts to report.
     *
     * @param scan called for a directory that may have contents nobody was told of
     * @param lost called when the kernel has dropped events
     * @throws LinuxException if the kernel has no instance left
     */
    DirectoryEvents(String name, Path root, Sightings sightings, Consumer<Path> scan, Runnable lost)
            throws LinuxException {
        this.root = root;
        this.sightings = sightings;
        this.scan = scan;
        this.lost = lost;
        this.inotify = Inotify.open();
        // The native calls would pin the carrier of a virtual thread.
        this.thread =
                Thread.ofPlatform().name("watch-" + name + "-events").daemon().start(this::run);
    }

    /**
     * Watches a directory from now on. To be called before it is listed.
     *
     * @param open the directory itself
     * @throws LinuxException see {@link Inotify#add}
     */
    void watch(Path directory, OpenDirectory open) throws LinuxException {
        // As one step, so that the path of a watch is never older than one that is just being forgotten.
        synchronized (directories) {
            directories.put(inotify.add(open.path(), open.isLink() || directory.equals(root)), directory);
        }
    }

    private void run() {
        try {
            inotify.read(this::handle);
        } catch (LinuxException e) {
            log.error("Events of {} cannot be read any more; files are found by scans only", root, e);
        }
    }

    private void handle(Inotify.Event event) {
        if (event.has(Inotify.OVERFLOW)) {
            lost.run();
            scan.accept(root);
            return;
        }
        Path directory = directory(event);
        if (directory == null) {
            return;
        }
        if (event.has(Inotify.DELETE_SELF | Inotify.MOVE_SELF | Inotify.UNMOUNT)) {
            left(directory);
        } else if (!event.name().isEmpty()) {
            handle(event, directory.resolve(event.name()));
        }
    }

    private void handle(Inotify.Event event, Path path) {
        if (!event.has(Inotify.IS_DIRECTORY)) {
            if (event.has(Inotify.CLOSE_WRITE | Inotify.MOVED_TO) && !sightings.changed(path)) {
                scan.accept(root);
            }
        } else if (event.has(Inotify.MOVED_FROM)) {
            forget(path);
        } else if (event.has(Inotify.CREATE | Inotify.MOVED_TO)) {
            scan.accept(path);
        }
    }

    private @Nullable Path directory(Inotify.Event event) {
        synchronized (directories) {
            return event.has(Inotify.IGNORED) ? directories.remove(event.watch()) : directories.get(event.watch());
        }
    }

    /** The parents of other directories report where these have gone. */
    private void left(Path directory) {
        if (directory.equals(root)) {
            forget(root);
            scan.accept(root);
        }
    }

    /** Ends the watches of a directory that has left, and of those below it. */
    private void forget(Path gone) {
        synchronized (directories) {
            directories.entrySet().removeIf(entry -> {
                boolean isBelow = entry.getValue().startsWith(gone);
                if (isBelow) {
                    inotify.remove(entry.getKey());
                }
                return isBelow;
            });
        }
    }

    @Override
    public void close() {
        inotify.close();
        boolean interrupted = Thread.interrupted();
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
