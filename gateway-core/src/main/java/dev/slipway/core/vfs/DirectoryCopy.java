package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.state.StateException;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.vfs.JournalledRename.Copied;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The first phase of a directory's rename: copies everything, and notes it in the journal. */
final class DirectoryCopy {
    private static final int PAGE = 1000;

    /** How many copies begin after one look at the target: as many as a store makes in a moment. */
    private static final int COPIED_AT_ONCE = 250;

    /** Smaller copies are noted when their page is: if they never are, their bytes can be compared. */
    private static final long NOTED_AT_ONCE = 16L << 20;

    /** How often a source is copied that others replace meanwhile. */
    private static final int TRIES = 3;

    private final ObjectFileSystems shared;
    private final ObjectStore store;
    private final Renames renames;
    private final JournalledRename journal;
    private long count;

    /** The last name, after the prefix, that was looked for in the target. */
    private String previous = "";

    DirectoryCopy(ObjectFileSystems shared, ObjectStore store, Renames renames, JournalledRename journal) {
        this.shared = shared;
        this.store = store;
        this.renames = renames;
        this.journal = journal;
    }

    /** How many objects were copied. */
    long count() {
        return count;
    }

    /** Copies everything. Blocks until it is done or something fails; then no copy is under way any more. */
    void run() throws StoreException {
        ObjectKey source = journal.source();
        ObjectKey target = journal.target();
        String cursor = null;
        do {
            ObjectPage page = store.list(source.bucket(), source.key(), false, cursor, PAGE);
            for (int from = 0; from < page.objects().size(); from += COPIED_AT_ONCE) {
                int to = Math.min(page.objects().size(), from + COPIED_AT_ONCE);
                journal.requireOwn();
                copySome(page.objects().subList(from, to));
            }
            cursor = page.next();
        } while (cursor != null);
        shared.afterwards(target, () -> shared.posix.copyDirectories(Map.of(source, target)));
        Map<ObjectKey, Instant> time = shared.attributes.modifiedDirectories(List.of(source));
        if (!time.isEmpty()) {
            shared.afterwards(
                    target,
                    () -> shared.attributes.putDirectories(
                            Map.of(target, time.values().iterator().next())));
        }
    }

    private void copySome(List<ObjectInfo> objects) throws StoreException {
        for (ObjectInfo object : objects) {
            ObjectKey to = journal.targetOf(object.key());
            if (to.isTooLong()) {
                throw new StoreException(Failure.NAME_INVALID, to + " would be longer than S3 allows");
            }
        }
        requireFree(objects);
        Queue<Copied> copies = new ConcurrentLinkedQueue<>();
        try {
            copyAtOnce(objects, copies);
        } finally {
            // Also of a page that failed: the undo relies on it.
            journal.note(copies);
        }
        count += copies.size();
        keepAttributes(copies);
    }

    /**
     * Fails if others have created something where a copy is to go. One listing answers for many: asking for each key takes
     * half as long as the copies.
     */
    private void requireFree(List<ObjectInfo> objects) throws StoreException {
        Map<String, ObjectInfo> sources = new HashMap<>();
        objects.forEach(object -> sources.put(JournalledRename.name(object.key(), journal.source()), object));
        Map<String, ObjectInfo> there =
                PairedListing.listed(store, journal.target(), previous, List.copyOf(sources.keySet()));
        previous = JournalledRename.name(objects.getLast().key(), journal.source());
        for (Map.Entry<String, ObjectInfo> present : there.entrySet()) {
            ObjectInfo from = sources.get(present.getKey());
            if (from != null
                    && !Fingerprints.isMarker(present.getValue())
                    && !Fingerprints.hasSameEtag(from, present.getValue())) {
                throw new StoreException(
                        Failure.CONFLICT, present.getValue().key() + " was created by somebody else meanwhile");
            }
        }
    }

    private void copyAtOnce(List<ObjectInfo> objects, Queue<Copied> copies) throws StoreException {
        AtomicBoolean failed = new AtomicBoolean();
        List<Future<@Nullable Void>> running = new ArrayList<>();
        for (ObjectInfo object : objects) {
            renames.copies.acquireUninterruptibly();
            if (failed.get() || renames.isStopping()) {
                renames.copies.release();
                break;
            }
            running.add(start(() -> {
                boolean done = false;
                try {
                    Optional<Copied> copy = copy(object);
                    if (copy.isPresent()) {
                        copies.add(copy.get());
                        if (object.size() >= NOTED_AT_ONCE) {
                            journal.note(List.of(copy.get()));
                        }
                    }
                    done = true;
                } finally {
                    if (!done) {
                        failed.set(true);
                    }
                    renames.copies.release();
                }
                return null;
            }));
        }
        // An undo must come after the last copy.
        awaitAll(running);
        journal.requireRunning();
    }

    private Future<@Nullable Void> start(Callable<@Nullable Void> copy) {
        try {
            return shared.executor.submit(copy);
        } catch (RejectedExecutionException e) {
            renames.copies.release();
            return CompletableFuture.failedFuture(
                    new StoreException(Failure.UNAVAILABLE, "the gateway is stopping", e));
        }
    }

    /** Copies an object; returns nothing if somebody else has deleted it meanwhile. */
    private Optional<Copied> copy(ObjectInfo object) throws StoreException {
        ObjectKey to = journal.targetOf(object.key());
        if (Fingerprints.isMarker(object)) {
            ObjectInfo marker = new ObjectInfo(to, 0, "", Instant.EPOCH);
            if (!to.equals(journal.target()) || !journal.entry().targetWasThere()) {
                // Written rather than copied: versitygw 1.7 copies no markers.
                store.putMarker(to);
            }
            return Optional.of(new Copied(object, marker));
        }
        ObjectInfo from = object;
        for (int attempt = 1; ; attempt++) {
            try {
                return Optional.of(new Copied(from, store.copy(from, to, WriteCondition.STILL_ABSENT)));
            } catch (StoreException e) {
                if (e.failure() != Failure.CONFLICT && e.failure() != Failure.NOT_FOUND) {
                    throw e;
                }
                Optional<ObjectInfo> present = store.head(object.key());
                if (present.isEmpty()) {
                    return Optional.empty();
                }
                if (present.get().equals(from)) {
                    // The target exists: others have created it, or the request has, whose answer was lost.
                    Optional<ObjectInfo> there = store.head(to);
                    if (there.isPresent() && Fingerprints.hasSameEtag(from, there.get())) {
                        return Optional.of(new Copied(from, there.get()));
                    }
                    throw e;
                }
                if (attempt == TRIES) {
                    throw e;
                }
                from = present.get();
            }
        }
    }

    private void keepAttributes(Collection<Copied> copies) {
        shared.afterwards(journal.target(), () -> {
            Map<ObjectInfo, ObjectInfo> files = new HashMap<>();
            Map<ObjectKey, ObjectKey> markers = new HashMap<>();
            for (Copied copy : copies) {
                if (Fingerprints.isMarker(copy.from())) {
                    markers.put(copy.from().key(), copy.to().key());
                } else {
                    files.put(copy.from(), copy.to());
                }
            }
            Map<ObjectKey, Instant> times = shared.attributes.modified(files.keySet());
            Map<ObjectInfo, Instant> newTimes = new HashMap<>();
            files.forEach((from, to) -> newTimes.put(to, times.getOrDefault(from.key(), from.lastModified())));
            Map<ObjectKey, Instant> newDirectoryTimes = new HashMap<>();
            shared.attributes
                    .modifiedDirectories(markers.keySet())
                    .forEach((marker, time) -> newDirectoryTimes.put(markers.getOrDefault(marker, marker), time));
            shared.attributes.put(newTimes);
            shared.attributes.putDirectories(newDirectoryTimes);
            shared.attributes.copyOthers(files);
            shared.posix.copyDirectories(markers);
        });
    }

    /** Waits for all, whatever fails and interrupts. */
    private static void awaitAll(List<Future<@Nullable Void>> running) throws StoreException {
        StoreException failure = null;
        boolean interrupted = false;
        for (Future<@Nullable Void> step : running) {
            while (true) {
                try {
                    step.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    continue;
                } catch (ExecutionException e) {
                    failure = switch (e.getCause()) {
                        case StoreException known -> known;
                        case StateException state ->
                            new StoreException(Failure.UNAVAILABLE, String.valueOf(state.getMessage()), state);
                        case null, default ->
                            new StoreException(
                                    Failure.INTERNAL, "a step of a rename failed: " + e.getCause(), e.getCause());
                    };
                }
                break;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failure != null) {
            throw failure;
        }
    }
}
