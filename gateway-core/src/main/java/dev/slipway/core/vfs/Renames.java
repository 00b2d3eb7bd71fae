package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.state.RenameTable;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.DirectoryMarkers.Departure;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The renames that are under way. Each has a thread of its own, which holds the path locks: a client that is gone, or that
 * was told that the store does not answer, does not end it. Directories' renames are in the journal of the state database,
 * and those that an earlier run has left there are finished or undone.
 */
final class Renames {
    private static final Logger log = LoggerFactory.getLogger(Renames.class);

    /** How long others wait for a directory's rename before they are told of it: most are over by then. */
    private static final Duration READERS_WAIT = Duration.ofSeconds(2);

    /** How often a gateway looks for others that are gone. */
    private static final Duration TAKE_OVER_INTERVAL = Duration.ofSeconds(10);

    private static final Duration LOCK_TRY = Duration.ofSeconds(10);

    final RenameTable journal;

    /** Copies at once, of all directories' renames together. */
    final Semaphore copies;

    /** A directory's rename holds some pages of names: so many bytes of the heap let one be under way. */
    private static final long HEAP_OF_A_DIRECTORY = 16 << 20;

    private static final int LEAST_DIRECTORIES = 8;
    private static final int MOST_DIRECTORIES = 256;

    /** Directories that clients may have renamed at once. */
    private final Semaphore directories = new Semaphore(
            Math.clamp(Runtime.getRuntime().maxMemory() / HEAP_OF_A_DIRECTORY, LEAST_DIRECTORIES, MOST_DIRECTORIES));

    private final ObjectFileSystems shared;
    private final Set<DirectoryRename> underWay = ConcurrentHashMap.newKeySet();
    private final CountDownLatch stopping = new CountDownLatch(1);

    Renames(ObjectFileSystems shared, RenameTable journal) {
        this.shared = shared;
        this.journal = journal;
        this.copies = new Semaphore(shared.store.copiesAtOnce(), true);
    }

    /** A rename, on the thread that was started for it. */
    interface Work {
        /**
         * Renames.
         *
         * @param told what the client is told; may be completed before all is done, and is when this ends
         */
        void run(CompletableFuture<Void> told) throws VfsException, StoreException;
    }

    /**
     * Renames something, and blocks until the client can be told what has become of it. An interrupt ends the waiting and not
     * the rename.
     */
    void run(Work work) throws VfsException, StoreException {
        CompletableFuture<Void> told = new CompletableFuture<>();
        shared.executor.execute(() -> {
            try {
                work.run(told);
                told.complete(null);
            } catch (VfsException | StoreException | RuntimeException e) {
                if (!told.completeExceptionally(e)) {
                    log.error("A rename ended differently from what its client was told", e);
                }
            }
        });
        try {
            told.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case VfsException failure -> throw failure;
                case StoreException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case null, default -> throw new IllegalStateException(e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Failure.ABORTED, "the client did not wait for the end of a rename", e);
        }
    }

    /** A place among the renames of directories; to be closed when the rename is over. */
    interface DirectoryPlace extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Takes a place for the rename of a directory. Does not block.
     *
     * @throws VfsException {@link Failure#BUSY} if there is none
     */
    DirectoryPlace takePlace(VirtualPath directory) throws VfsException {
        if (!directories.tryAcquire()) {
            throw new VfsException(Failure.BUSY, directory, "Too many directories are being renamed; try again later.");
        }
        return directories::release;
    }

    /** To be called by a directory's rename that holds its locks. */
    void add(DirectoryRename rename) {
        underWay.add(rename);
    }

    void remove(DirectoryRename rename) {
        underWay.remove(rename);
    }

    /** How many directories are being renamed. */
    int size() {
        return underWay.size();
    }

    /**
     * Fails where a reader would see a half of a directory: the new place until all is copied, the old one from then on. Waits
     * a moment before.
     */
    void requireWhole(ObjectLocation location, String account) throws VfsException {
        require(
                location.path(),
                account,
                READERS_WAIT,
                rename -> rename.isHalf(location.mount().bucket(), location.prefix()));
    }

    /**
     * Fails while something is renamed that a change would be in, or that would be in the change.
     *
     * @param wait how long to wait for its end before
     */
    void requireNone(VirtualPath path, List<ObjectKey> keys, String account, Duration wait) throws VfsException {
        require(path, account, wait, rename -> keys.stream().anyMatch(rename::overlaps));
    }

    private void require(VirtualPath path, String account, Duration wait, Predicate<DirectoryRename> inTheWay)
            throws VfsException {
        if (underWay.isEmpty()) {
            return;
        }
        long deadline = System.nanoTime() + wait.toNanos();
        for (DirectoryRename rename : underWay) {
            if (inTheWay.test(rename) && !rename.awaitEnd(deadline - System.nanoTime()) && inTheWay.test(rename)) {
                throw new VfsException(Failure.BUSY, path, rename.message(account));
            }
        }
    }

    /**
     * Finishes or undoes, in the background, what gateways have left that are gone: at the start, and then again and again
     * where several share the database. Returns when the paths are locked that this is about at the start, after 10 s at the most.
     * To be called once, before anything else is done.
     */
    void recover() {
        CountDownLatch locked = takeOver();
        try {
            if (!locked.await(LOCK_TRY.toMillis(), TimeUnit.MILLISECONDS)) {
                // Two gateways have renamed the same: one of them comes after the other.
                log.warn("{} interrupted renames wait for others of the same paths", locked.getCount());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (journal.isShared()) {
            shared.executor.execute(this::takeOverAgain);
        }
    }

    private CountDownLatch takeOver() {
        List<RenameTable.Entry> left = journal.takeOver();
        CountDownLatch locked = new CountDownLatch(left.size());
        for (RenameTable.Entry entry : left) {
            shared.executor.execute(() -> recover(entry, locked));
        }
        return locked;
    }

    private void takeOverAgain() {
        while (true) {
            pause(TAKE_OVER_INTERVAL);
            if (isStopping()) {
                return;
            }
            try {
                var _ = takeOver();
            } catch (RuntimeException e) {
                log.warn("The renames of other gateways cannot be checked: {}", e.getMessage());
            }
        }
    }

    private void recover(RenameTable.Entry entry, CountDownLatch locked) {
        DirectoryRename rename = new DirectoryRename(shared, this, entry, VirtualPath.ROOT, true);
        boolean counted = false;
        try (PathLocks.Held _ = lock(entry)) {
            add(rename);
            locked.countDown();
            counted = true;
            log.info("A gateway ended while {} was renamed to {}: {}", entry.source(), entry.target(), entry.phase());
            CompletableFuture<Void> told = new CompletableFuture<>();
            rename.toTheEnd(told);
        } catch (RuntimeException e) {
            log.error("A rename of {} to {} could not be continued", entry.source(), entry.target(), e);
        } finally {
            remove(rename);
            rename.ended();
            if (!counted) {
                locked.countDown();
            }
        }
    }

    private PathLocks.Held lock(RenameTable.Entry entry) {
        while (!isStopping()) {
            PathLocks.Held held = shared.locks.lock(List.of(entry.source(), entry.target()), LOCK_TRY);
            if (held != null) {
                return () -> {
                    shared.directories.changed();
                    held.close();
                };
            }
        }
        throw new IllegalStateException("the gateway stops");
    }

    /** Keeps the directory that a child leaves, for a rename that an earlier run has begun. */
    Departure leave(RenameTable.Entry entry) throws StoreException {
        return entry.keptParent().isEmpty() ? () -> {} : shared.departures.leave(entry.source(), entry.keptParent());
    }

    boolean isStopping() {
        return stopping.getCount() == 0;
    }

    /** Waits a while, or until the gateway stops. */
    void pause(Duration time) {
        try {
            var _ = stopping.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Directories' renames end soon; the next start goes on with them. */
    void stop() {
        stopping.countDown();
    }
}
