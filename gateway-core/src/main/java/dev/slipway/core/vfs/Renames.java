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
 * Runs renames. Each has its own thread, which holds the path locks: it continues if its client leaves or stops
 * waiting. Renames of directories are journalled in the state database; those that an earlier run left unfinished are
 * finished or undone.
 */
final class Renames {
    private static final Logger log = LoggerFactory.getLogger(Renames.class);

    /** How long other requests wait for a directory's rename before they fail; most renames have ended by then. */
    private static final Duration READERS_WAIT = Duration.ofSeconds(2);

    /** How often a gateway looks for renames of gateways that have died. */
    private static final Duration TAKE_OVER_INTERVAL = Duration.ofSeconds(10);

    private static final Duration LOCK_TRY = Duration.ofSeconds(10);

    final RenameTable journal;

    /** Limits the concurrent copies of all directories' renames together. */
    final Semaphore copies;

    /**
     * One rename of a directory is admitted for each so many bytes of the heap, since it holds several pages of names.
     */
    private static final long HEAP_OF_A_DIRECTORY = 16 << 20;

    private static final int LEAST_DIRECTORIES = 8;
    private static final int MOST_DIRECTORIES = 256;

    /** Limits how many directories clients may rename at once. */
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

    /** A rename, run on its own thread. */
    interface Work {
        /**
         * Renames.
         *
         * @param told receives the client's answer; may be completed early, and is completed when this ends
         */
        void run(CompletableFuture<Void> told) throws VfsException, StoreException;
    }

    /** Runs a rename, and blocks until the client can be answered. An interrupt ends the wait but not the rename. */
    void run(Work work) throws VfsException, StoreException {
        CompletableFuture<Void> told = new CompletableFuture<>();
        shared.executor.execute(() -> {
            try {
                work.run(told);
                told.complete(null);
            } catch (VfsException | StoreException | RuntimeException e) {
                if (!told.completeExceptionally(e)) {
                    log.error("A rename failed after its client had already been answered", e);
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

    /** A permit to rename a directory; to be closed when the rename is over. */
    interface RenamePermit extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Takes a permit to rename a directory. Does not block.
     *
     * @throws VfsException {@link Failure#BUSY} if none is free
     */
    RenamePermit takePermit(VirtualPath directory) throws VfsException {
        if (!directories.tryAcquire()) {
            throw new VfsException(Failure.BUSY, directory, "Too many directories are being renamed; try again later.");
        }
        return directories::release;
    }

    /** Registers a directory's rename. The caller holds its locks. */
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
     * Fails if a reader would see an incomplete directory: the target until all is copied, the source from then on.
     * Waits a moment for the rename to end first.
     */
    void requireNotHalfRenamed(ObjectLocation location, String account) throws VfsException {
        require(
                location.path(),
                account,
                READERS_WAIT,
                rename -> rename.isHalf(location.mount().bucket(), location.prefix()));
    }

    /**
     * Fails while a rename overlaps with the paths of a change.
     *
     * @param wait how long to wait for the rename to end first
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
     * Finishes or undoes, in the background, the renames of gateways that have died: at the start, and repeatedly if
     * several gateways share the database. Returns once the paths of the renames found at the start are locked, after
     * at most 10 s. To be called once, before anything else.
     */
    void recover() {
        CountDownLatch locked = takeOver();
        try {
            if (!locked.await(LOCK_TRY.toMillis(), TimeUnit.MILLISECONDS)) {
                // Two gateways have renamed the same paths, so one of the renames waits for the other.
                log.warn("{} recovered renames are waiting for locks held by other renames", locked.getCount());
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
                shared.lockTable.removeAbandoned();
                var _ = takeOver();
            } catch (RuntimeException e) {
                log.warn("The renames of other gateways cannot be checked: {}", e.getMessage());
            }
        }
    }

    private void recover(RenameTable.Entry entry, CountDownLatch locked) {
        DirectoryRename rename = DirectoryRename.recovered(shared, this, entry);
        boolean counted = false;
        try (PathLocks.Held _ = lock(entry)) {
            add(rename);
            locked.countDown();
            counted = true;
            log.info(
                    "Continuing the rename of {} to {}, left unfinished by an earlier run (phase {})",
                    entry.source(),
                    entry.target(),
                    entry.phase());
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
                    held.directoriesChanged();
                    held.close();
                };
            }
        }
        throw new IllegalStateException("the gateway is stopping");
    }

    /** Keeps the directory that a child leaves, for a rename that an earlier run started. */
    Departure leave(RenameTable.Entry entry) throws StoreException {
        return entry.keptParent().isEmpty() ? () -> {} : shared.markers.leave(entry.source(), entry.keptParent());
    }

    boolean isStopping() {
        return stopping.getCount() == 0;
    }

    /** Waits for a time, or until the gateway stops. */
    void pause(Duration time) {
        try {
            var _ = stopping.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends directories' renames soon; the next start continues them. */
    void stop() {
        stopping.countDown();
    }
}
