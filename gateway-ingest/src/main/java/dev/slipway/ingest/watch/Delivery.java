package dev.slipway.ingest.watch;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.event.StoredObject;
import dev.slipway.core.state.StateException;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.core.vfs.WritePosition;
import dev.slipway.ingest.target.KeyValues;
import dev.slipway.ingest.target.OpenTarget;
import dev.slipway.ingest.target.TargetException;
import dev.slipway.ingest.watch.WatchedFile.State;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores files of a watched folder, one at a time. What has begun is in the table before the store is asked, and what the
 * store has confirmed is in the table before anything happens to the file; so a crash at any point only repeats a step.
 */
final class Delivery implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Delivery.class);

    private static final int BUFFER = 256 << 10;

    /** Smaller files are stored from the beginning after an interruption. */
    static final long RESUMED_BYTES = 16L << 20;

    /** Until a stored file is looked at again that somebody writes. */
    private static final Duration CHANGED_DELAY = Duration.ofSeconds(1);

    private static final Duration LONGEST_DELAY = Duration.ofMinutes(10);

    private final String watch;
    private final WatchedFolder folder;
    private final Destination destination;
    private final WatchTable table;
    private final WatchCounts counts;
    private final InstantSource clock;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);

    private volatile @Nullable FileUpload current;
    private volatile boolean closed;

    /** What is to be done with a file next. */
    sealed interface Next {
        /** Nothing, until somebody changes it. */
        record Done() implements Next {}

        /** It is to be looked at again. */
        record Again(Duration delay) implements Next {}

        /** Likewise, once the store or the state database works again. */
        record Outage(String problem) implements Next {}
    }

    private static final Next DONE = new Next.Done();
    private static final Next AT_ONCE = new Next.Again(Duration.ZERO);

    Delivery(
            String watch,
            WatchedFolder folder,
            Destination destination,
            WatchTable table,
            WatchCounts counts,
            InstantSource clock) {
        this.watch = watch;
        this.folder = folder;
        this.destination = destination;
        this.table = table;
        this.counts = counts;
        this.clock = clock;
    }

    /** Looks at a file, and stores it if it is new and complete. Blocks until the store has confirmed it. */
    Next deliver(Path file) {
        String path = folder.pathOf(file);
        try {
            return deliver(file, path, table.find(watch, path).orElse(null));
        } catch (StateException e) {
            return new Next.Outage(String.valueOf(e.getMessage()));
        }
    }

    private Next deliver(Path file, String path, @Nullable WatchedFile known) {
        WatchedFile begun = known;
        try {
            FileVersion version = folder.version(file);
            if (known != null && known.isStored(version)) {
                return finish(file, known);
            }
            Duration wait = folder.untilComplete(file);
            if (wait == null) {
                return DONE;
            }
            if (!wait.isZero()) {
                return new Next.Again(wait);
            }
            WatchSettings.Place place = folder.place(path);
            OpenTarget target = destination.open(place);
            begun = begin(file, path, version, place, target, known);
            return store(file, begun, target.files());
        } catch (TargetException e) {
            return new Next.Outage(String.valueOf(e.getMessage()));
        } catch (NoSuchFileException e) {
            return gone(path, known, e);
        } catch (VfsException e) {
            return failed(file, path, begun, e);
        } catch (IOException e) {
            return failed(path, begun, message(e));
        }
    }

    private static boolean isSame(WatchedFile known, FileVersion version) {
        return known.state() != State.STORED && known.version().equals(version);
    }

    /** Notes what is about to be stored where. A second attempt at the same version goes to the same place. */
    private WatchedFile begin(
            Path file,
            String path,
            FileVersion version,
            WatchSettings.Place place,
            OpenTarget target,
            @Nullable WatchedFile known)
            throws VfsException {
        boolean isSame =
                known != null && isSame(known, version) && !known.target().isEmpty();
        WatchedFile unplaced = new WatchedFile(
                path,
                version,
                known != null && isSame ? known.state() : State.STORING,
                known != null && isSame ? known.target() : "",
                known == null ? "" : known.etag(),
                known == null ? 0 : known.attempts(),
                known == null ? "" : known.problem(),
                known == null || known.attempts() == 0 ? clock.instant() : known.changed());
        if (!folder.isText(file)) {
            table.put(watch, unplaced);
            throw new VfsException(
                    Failure.NAME_INVALID, VirtualPath.ROOT, "the name is not text in the encoding of this machine");
        }
        WatchedFile begun = unplaced;
        if (!isSame) {
            try {
                begun = unplaced.at(
                        target.path(new KeyValues(place.path(), watch, target.account(), "", clock.instant()))
                                .toString());
            } catch (VfsException e) {
                table.put(watch, unplaced);
                throw e;
            }
        }
        if (!begun.equals(known)) {
            table.put(watch, begun);
        }
        return begun;
    }

    private Next store(Path file, WatchedFile begun, VirtualFileSystem files) throws IOException {
        VirtualPath target = VirtualPath.parse(begun.target());
        FileVersion version = begun.version();
        try (FileChannel in = folder.open(file);
                FileUpload upload = open(files, target, begun.state() == State.RESUMABLE)) {
            current = upload;
            if (closed) {
                return AT_ONCE;
            }
            upload.expectSize(version.size());
            if (version.size() >= RESUMED_BYTES && begun.state() == State.STORING) {
                // From now on, what an earlier version may have left in the store has gone.
                table.put(watch, begun.resumable());
            }
            upload.setModified(version.time());
            long bytes = copy(in, upload, version.size());
            if (bytes != version.size() || !folder.isStill(file, version)) {
                upload.abort();
                return AT_ONCE;
            }
            upload.commit();
            WatchedFile stored =
                    begun.stored(upload.stored().map(StoredObject::etag).orElse(""), clock.instant());
            table.put(watch, stored);
            counts.stored(version.size());
            return finish(file, stored);
        } finally {
            current = null;
        }
    }

    /**
     * Copies a file, not much further than to the size that it had.
     *
     * @return the bytes that the upload has afterwards
     */
    private long copy(FileChannel in, FileUpload upload, long size) throws IOException {
        long at = upload.entry().size();
        in.position(at);
        while (at <= size && in.read(buffer.clear()) >= 0) {
            buffer.flip();
            int length = buffer.remaining();
            upload.write(at, buffer);
            at += length;
        }
        return at;
    }

    private static FileUpload open(VirtualFileSystem files, VirtualPath target, boolean mayResume) throws VfsException {
        if (mayResume) {
            try {
                return files.resume(target, WritePosition.END);
            } catch (VfsException e) {
                if (e.failure() == Failure.UNAVAILABLE || e.failure() == Failure.BUSY) {
                    throw e;
                }
                // There is nothing to resume.
            }
        }
        try {
            return files.create(target, CreateMode.REPLACE);
        } catch (VfsException e) {
            if (e.failure() != Failure.NOT_FOUND) {
                throw e;
            }
        }
        createDirectory(files, target.parent());
        return files.create(target, CreateMode.REPLACE);
    }

    private static void createDirectory(VirtualFileSystem files, VirtualPath directory) throws VfsException {
        try {
            files.mkdir(directory);
        } catch (VfsException e) {
            if (e.failure() == Failure.NOT_FOUND && !directory.isRoot()) {
                createDirectory(files, directory.parent());
                createDirectory(files, directory);
            } else if (e.failure() != Failure.ALREADY_EXISTS) {
                throw e;
            }
        }
    }

    /** Does with a stored file what the settings say. */
    private Next finish(Path file, WatchedFile stored) {
        try {
            if (!folder.finish(file, stored.version())) {
                return new Next.Again(CHANGED_DELAY);
            }
        } catch (NoSuchFileException _) {
            // Somebody else has removed it.
        } catch (IOException e) {
            return failed(stored.path(), stored, message(e));
        }
        if (!folder.keepsFiles()) {
            table.remove(watch, List.of(stored.path()));
        } else if (stored.attempts() > 0) {
            table.put(watch, stored.stored(stored.etag(), clock.instant()));
        }
        return DONE;
    }

    /** A file that was deleted, or something else that no longer is a file. */
    private Next gone(String path, @Nullable WatchedFile known, NoSuchFileException e) {
        log.debug("{} of {} has gone", path, watch, e);
        if (known != null) {
            table.remove(watch, List.of(path));
        }
        return DONE;
    }

    private Next failed(Path file, String path, @Nullable WatchedFile begun, VfsException e) {
        // A bucket that is missing must not delay the files of others.
        if ((e.failure() == Failure.UNAVAILABLE && !folder.hasBuckets()) || e.failure() == Failure.BUSY) {
            return new Next.Outage(e.getMessage());
        }
        if (e.failure() == Failure.ABORTED && closed) {
            return AT_ONCE;
        }
        log.debug("{} was not stored", file, e);
        return failed(path, begun, e.getMessage());
    }

    private Next failed(String path, @Nullable WatchedFile begun, String problem) {
        counts.failed();
        WatchedFile last = begun != null ? begun : table.find(watch, path).orElse(null);
        if (last == null) {
            last = new WatchedFile(path, new FileVersion(0, 0, 0), State.STORING, "", "", 0, "", clock.instant());
        }
        WatchedFile failed = last.failed(problem, clock.instant());
        table.put(watch, failed);
        if (!problem.equals(last.problem())) {
            log.warn("{} of the watch {} is tried again later: {}", path, watch, problem);
        }
        return new Next.Again(delay(failed.attempts()));
    }

    /** Twice as long each time. */
    static Duration delay(int attempts) {
        Duration delay = Duration.ofSeconds(1L << Math.min(attempts - 1, 20));
        return delay.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : delay;
    }

    private static String message(IOException e) {
        return e instanceof VfsException failure ? failure.getMessage() : e.toString();
    }

    /** Ends the upload in progress, which a later run resumes if it is large. Does not block. */
    @Override
    public void close() {
        closed = true;
        FileUpload upload = current;
        if (upload != null) {
            upload.close();
        }
    }
}
