package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.state.RenameTable;
import dev.slipway.core.state.RenameTable.Phase;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renames everything in a directory, by copying on the store's side and then deleting. The caller holds the locks, which
 * keep other changes through this gateway away; what others do to the bucket meanwhile must not be lost.
 *
 * <ol>
 *   <li>{@link Phase#COPYING}: {@link DirectoryCopy} copies everything, a page at a time, and notes in the journal what was
 *       copied to what.
 *   <li>{@link Phase#DELETING}: {@link DirectoryDeletion} deletes sources that were copied and are still the same, if their
 *       copies exist and are still the same.
 *   <li>{@link Phase#UNDOING}, if something fails while it copies: copies are removed again, if their sources exist.
 * </ol>
 *
 * <p>So nothing is ever deleted whose counterpart has not just been seen. The change from the first phase to one of the
 * others is a row of the state database: from then on it continues until it is done, whatever fails; if this process ends,
 * in the next one.
 */
final class DirectoryRename {
    private static final Logger log = LoggerFactory.getLogger(DirectoryRename.class);

    /** Larger directories are mentioned in the log. */
    private static final int LARGE = 1000;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final ObjectFileSystems shared;
    private final Renames renames;
    private final RenameTable.Entry entry;
    private final JournalledRename journal;
    private final DirectoryCopy copy;
    private final DirectoryDeletion deletion;
    private final VirtualPath path;
    private volatile Phase phase;
    private final CountDownLatch ended = new CountDownLatch(1);

    private DirectoryRename(
            ObjectFileSystems shared,
            ObjectStore store,
            Renames renames,
            RenameTable.Entry entry,
            VirtualPath path,
            boolean recovered) {
        this.shared = shared;
        this.renames = renames;
        this.entry = entry;
        this.path = path;
        this.journal = new JournalledRename(renames, entry, recovered);
        this.copy = new DirectoryCopy(shared, store, renames, journal);
        this.deletion = new DirectoryDeletion(shared, store, renames, journal);
        this.phase = recovered && entry.phase() == Phase.COPYING ? Phase.UNDOING : entry.phase();
    }

    /**
     * A rename that a client asks for.
     *
     * @param store shows what the mounts of the source and the target show
     * @param path what the client renames, for messages to it
     */
    static DirectoryRename of(
            ObjectFileSystems shared, ObjectStore store, Renames renames, RenameTable.Entry entry, VirtualPath path) {
        return new DirectoryRename(shared, store, renames, entry, path, false);
    }

    /** A rename that an earlier run has begun. */
    static DirectoryRename recovered(ObjectFileSystems shared, Renames renames, RenameTable.Entry entry) {
        return new DirectoryRename(shared, shared.storeOfRecovered(), renames, entry, VirtualPath.ROOT, true);
    }

    /** Whether a reader of a location would see a part of the directory. */
    boolean isHalf(String bucket, String prefix) {
        ObjectKey half = phase == Phase.DELETING ? entry.source() : entry.target();
        return half.bucket().equals(bucket) && prefix.startsWith(half.key());
    }

    /** Whether a change of a key would be in what is renamed, or contain it. */
    boolean overlaps(ObjectKey key) {
        String prefix = key.key().endsWith("/") ? key.key() : key.key() + "/";
        for (ObjectKey end : List.of(entry.source(), entry.target())) {
            if (end.bucket().equals(key.bucket())
                    && (prefix.startsWith(end.key()) || end.key().startsWith(prefix))) {
                return true;
            }
        }
        return false;
    }

    /** What clients in its way are told. */
    String message(String account) {
        return account.equals(entry.account())
                ? "A rename of " + entry.from() + " to " + entry.to() + " is under way; try again when it is over."
                : "A rename of this directory, or of one above or below it, is under way; try again when it is over.";
    }

    /** Waits for the end of the rename. Returns false if it does not end within this time. */
    boolean awaitEnd(long nanoseconds) {
        try {
            return ended.await(nanoseconds, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    void ended() {
        ended.countDown();
    }

    /** Records a new rename in the journal and performs it. */
    void run(CompletableFuture<Void> told) throws StoreException {
        renames.add(this);
        try {
            journal.begin();
            toTheEnd(told);
        } finally {
            renames.remove(this);
            ended();
        }
    }

    /**
     * Does everything that is left to do. Blocks until it is done, or the gateway stops.
     *
     * @param told receives the client's answer: the failure that caused an undo, or that the rename takes longer
     */
    void toTheEnd(CompletableFuture<Void> told) {
        long begun = System.nanoTime();
        Exception cause = null;
        Duration pause = FIRST_PAUSE;
        while (true) {
            try {
                if (cause != null && phase == Phase.COPYING) {
                    // If the row says that all is copied, the answer to that change was lost.
                    if (journal.change(Phase.COPYING, Phase.UNDOING)) {
                        phase = Phase.UNDOING;
                    } else if (!journal.isOwn()) {
                        told.completeExceptionally(cause);
                        return;
                    } else {
                        phase = Phase.DELETING;
                        cause = null;
                    }
                }
                switch (phase) {
                    case COPYING -> {
                        copy.run();
                        if (!journal.change(Phase.COPYING, Phase.DELETING)) {
                            throw new StoreException(Failure.UNAVAILABLE, "another gateway has taken it over");
                        }
                        phase = Phase.DELETING;
                        shared.directories.changed();
                    }
                    case DELETING -> {
                        Optional<StoreException> refused = deletion.deleteSources();
                        over(begun);
                        if (refused.isPresent()) {
                            told.completeExceptionally(refused.get());
                        } else {
                            told.complete(null);
                        }
                        return;
                    }
                    case UNDOING -> {
                        deletion.undo();
                        over(begun);
                        if (cause != null) {
                            told.completeExceptionally(cause);
                        }
                        return;
                    }
                }
                pause = FIRST_PAUSE;
            } catch (StoreException | RuntimeException e) {
                if (renames.isStopping() || journal.isLost()) {
                    told.completeExceptionally(new StoreException(
                            Failure.UNAVAILABLE,
                            "the gateway stops: its next start finishes or undoes the rename of " + entry.source()
                                    + " to " + entry.target(),
                            e));
                    return;
                }
                if (phase == Phase.COPYING && cause == null) {
                    cause = e;
                    continue;
                }
                log.warn(
                        "The rename of {} to {} ({}) cannot continue: {}; retrying in {} s",
                        entry.source(),
                        entry.target(),
                        phase,
                        e.getMessage(),
                        Math.max(1, pause.toSeconds()));
                told.completeExceptionally(cause == null ? later(e) : cause);
                renames.pause(pause);
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            }
        }
    }

    /** What the client is told if everything is copied, and the rest takes too long to keep it waiting. */
    private VfsException later(Exception e) {
        return new VfsException(
                Failure.BUSY,
                path,
                "The store does not answer; the rename of " + entry.from() + " to " + entry.to()
                        + " continues when it does.",
                e);
    }

    private void over(long begun) {
        journal.end();
        if (journal.isRecovered() || copy.count() > LARGE) {
            log.info(
                    "The rename of {} to {} is {}; that took {} s",
                    entry.source(),
                    entry.target(),
                    phase == Phase.UNDOING ? "undone" : "done",
                    (System.nanoTime() - begun) / 1_000_000_000);
        }
    }
}
