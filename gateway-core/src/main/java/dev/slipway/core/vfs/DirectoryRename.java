package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.state.RenameTable;
import dev.slipway.core.state.RenameTable.Phase;
import dev.slipway.core.state.StateException;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.vfs.DirectoryMarkers.Departure;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renames all that is in a directory, by copying on the store's side and then deleting. The caller holds the locks, which
 * keep other changes through this gateway away; what others do to the bucket meanwhile must not be lost.
 *
 * <ol>
 *   <li>{@link Phase#COPYING}: all is copied, a page at a time, and what was copied to what is noted in the journal.
 *   <li>{@link Phase#DELETING}: sources are deleted that were copied, are still the same, and whose copies are there and
 *       still the same.
 *   <li>{@link Phase#UNDOING}, if something fails while it copies: what was made is removed again, if its source is there.
 * </ol>
 *
 * So nothing is ever deleted whose other one has not just been seen. The change from the first phase to one of the others is
 * a row of the state database: from then on it is gone on with until it is done, whatever fails, and if this process ends,
 * by the next one.
 */
final class DirectoryRename {
    private static final Logger log = LoggerFactory.getLogger(DirectoryRename.class);
    private static final int PAGE = 1000;

    /** How many copies are begun after one look at the target: what a store makes in a moment. */
    private static final int COPIED_AT_ONCE = 250;

    /** Smaller copies are noted when their page is: if they never are, their bytes can be compared. */
    private static final long NOTED_AT_ONCE = 16L << 20;

    /** How often a source that is being replaced is copied anew. */
    private static final int TRIES = 3;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    /** How far the store's clock may be from the gateway's: stores refuse requests of clocks that are much worse. */
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(15);

    private static final int NAMES_IN_LOG = 5;

    private final ObjectFileSystems shared;
    private final ObjectStore store;
    private final Renames renames;
    private final RenameTable.Entry entry;
    private final ObjectKey source;
    private final ObjectKey target;

    /** Whether an earlier run has begun it. */
    private final boolean recovered;

    private final VirtualPath path;
    private volatile Phase phase;
    private final CountDownLatch ended = new CountDownLatch(1);
    private long copied;

    /** The last name, behind the prefix, that the target was looked at for. */
    private String previous = "";

    /** Whether another gateway, to which this one seemed to be gone, goes on with it. */
    private boolean lost;

    /** What was copied. */
    private record Copy(ObjectInfo from, ObjectInfo to) {}

    /** @param path what the client renames, for messages to it */
    DirectoryRename(
            ObjectFileSystems shared, Renames renames, RenameTable.Entry entry, VirtualPath path, boolean recovered) {
        this.shared = shared;
        this.store = shared.store;
        this.renames = renames;
        this.entry = entry;
        this.source = entry.source();
        this.target = entry.target();
        this.path = path;
        this.recovered = recovered;
        this.phase = recovered && entry.phase() == Phase.COPYING ? Phase.UNDOING : entry.phase();
    }

    /** Whether a reader of a place would see a part of what was or will be there. */
    boolean isHalf(String bucket, String prefix) {
        ObjectKey half = phase == Phase.DELETING ? source : target;
        return half.bucket().equals(bucket) && prefix.startsWith(half.key());
    }

    /** Whether a change of a key would be in what is renamed, or the other way round. */
    boolean overlaps(ObjectKey key) {
        String prefix = key.key().endsWith("/") ? key.key() : key.key() + "/";
        for (ObjectKey end : List.of(source, target)) {
            if (end.bucket().equals(key.bucket())
                    && (prefix.startsWith(end.key()) || end.key().startsWith(prefix))) {
                return true;
            }
        }
        return false;
    }

    /** For clients that are in its way. */
    String message(String account) {
        return account.equals(entry.account())
                ? "A rename of " + entry.from() + " to " + entry.to() + " is under way; try again when it is over."
                : "A rename of this directory, or of one above or below it, is under way; try again when it is over.";
    }

    /** Returns whether it has ended in this time. */
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

    /** Notes a new rename in the journal, and renames. */
    void run(CompletableFuture<Void> told) throws StoreException {
        renames.add(this);
        try {
            renames.journal.begin(entry);
            toTheEnd(told);
        } finally {
            renames.remove(this);
            ended();
        }
    }

    /**
     * Does all that is left to be done. Blocks until it is, or the gateway stops.
     *
     * @param told what the client is told: the failure that made an undo necessary, or that it takes longer
     */
    void toTheEnd(CompletableFuture<Void> told) {
        long begun = System.nanoTime();
        Exception cause = null;
        Duration pause = FIRST_PAUSE;
        while (true) {
            try {
                if (cause != null && phase == Phase.COPYING) {
                    // If the row says that all is copied, the answer to that change was lost.
                    if (renames.journal.change(entry.id(), Phase.COPYING, Phase.UNDOING)) {
                        phase = Phase.UNDOING;
                    } else if (!renames.journal.isOwn(entry.id())) {
                        told.completeExceptionally(cause);
                        return;
                    } else {
                        phase = Phase.DELETING;
                        cause = null;
                    }
                }
                switch (phase) {
                    case COPYING -> {
                        copyAll();
                        if (!renames.journal.change(entry.id(), Phase.COPYING, Phase.DELETING)) {
                            throw new StoreException(Failure.UNAVAILABLE, "another gateway has taken it over");
                        }
                        phase = Phase.DELETING;
                        shared.directories.changed();
                    }
                    case DELETING -> {
                        Optional<StoreException> refused = deleteSources();
                        over(begun);
                        if (refused.isPresent()) {
                            told.completeExceptionally(refused.get());
                        } else {
                            told.complete(null);
                        }
                        return;
                    }
                    case UNDOING -> {
                        undo();
                        over(begun);
                        if (cause != null) {
                            told.completeExceptionally(cause);
                        }
                        return;
                    }
                }
                pause = FIRST_PAUSE;
            } catch (StoreException | RuntimeException e) {
                if (renames.isStopping() || lost) {
                    told.completeExceptionally(new StoreException(
                            Failure.UNAVAILABLE,
                            "the gateway stops: " + source + " is being renamed to " + target
                                    + ", or not, when it is started again",
                            e));
                    return;
                }
                if (phase == Phase.COPYING && cause == null) {
                    cause = e;
                    continue;
                }
                log.warn(
                        "The rename of {} to {} ({}) cannot go on: {}; retrying in {} s",
                        source,
                        target,
                        phase,
                        e.getMessage(),
                        Math.max(1, pause.toSeconds()));
                told.completeExceptionally(cause == null ? later(e) : cause);
                renames.pause(pause);
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            }
        }
    }

    /** What the client is told when all is copied, and the rest takes longer than it is kept waiting. */
    private VfsException later(Exception e) {
        return new VfsException(
                Failure.BUSY,
                path,
                "The store does not answer; the rename of " + entry.from() + " to " + entry.to()
                        + " continues when it does.",
                e);
    }

    private void over(long begun) {
        renames.journal.ended(entry.id());
        if (recovered || copied > PAGE) {
            log.info(
                    "The rename of {} to {} is {}; that took {} s",
                    source,
                    target,
                    phase == Phase.UNDOING ? "undone" : "done",
                    (System.nanoTime() - begun) / 1_000_000_000);
        }
    }

    private ObjectKey counterpart(ObjectKey key) {
        return new ObjectKey(target.bucket(), target.key() + name(key, source));
    }

    private static String name(ObjectKey key, ObjectKey directory) {
        return key.key().substring(directory.key().length());
    }

    private static List<String> names(ObjectPage page, ObjectKey directory) {
        return page.objects().stream()
                .map(object -> name(object.key(), directory))
                .toList();
    }

    private void requireGoing() throws StoreException {
        if (renames.isStopping()) {
            throw new StoreException(Failure.UNAVAILABLE, "the gateway stops");
        }
    }

    /** Before anything is changed. */
    private void requireOwn() throws StoreException {
        requireGoing();
        if (!renames.journal.isOwn(entry.id())) {
            lost = true;
            throw new StoreException(Failure.UNAVAILABLE, "another gateway has taken it over");
        }
    }

    private void copyAll() throws StoreException {
        String cursor = null;
        do {
            ObjectPage page = store.list(source.bucket(), source.key(), false, cursor, PAGE);
            for (int from = 0; from < page.objects().size(); from += COPIED_AT_ONCE) {
                int to = Math.min(page.objects().size(), from + COPIED_AT_ONCE);
                requireOwn();
                copySome(page.objects().subList(from, to));
            }
            cursor = page.next();
        } while (cursor != null);
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
            ObjectKey to = counterpart(object.key());
            if (to.isTooLong()) {
                throw new StoreException(Failure.NAME_INVALID, to + " would be longer than S3 allows");
            }
        }
        requireFree(objects);
        Queue<Copy> copies = new ConcurrentLinkedQueue<>();
        try {
            copyAtOnce(objects, copies);
        } finally {
            // Of a page that failed, too: this is what the undo goes by.
            note(copies);
        }
        copied += copies.size();
        keepAttributes(copies);
    }

    /**
     * Fails if others have made something where a copy is to go. One listing answers for many: looking at each key by itself
     * takes as long as half of the copies.
     */
    private void requireFree(List<ObjectInfo> objects) throws StoreException {
        Map<String, ObjectInfo> sources = new HashMap<>();
        objects.forEach(object -> sources.put(name(object.key(), source), object));
        Map<String, ObjectInfo> there = PairedListing.listed(store, target, previous, List.copyOf(sources.keySet()));
        previous = name(objects.getLast().key(), source);
        for (Map.Entry<String, ObjectInfo> present : there.entrySet()) {
            ObjectInfo from = sources.get(present.getKey());
            if (from != null && !Fingerprints.isMarker(present.getValue()) && !hasSameTag(from, present.getValue())) {
                throw new StoreException(
                        Failure.CONFLICT, present.getValue().key() + " was created by somebody else meanwhile");
            }
        }
    }

    private void copyAtOnce(List<ObjectInfo> objects, Queue<Copy> copies) throws StoreException {
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
                    Optional<Copy> copy = copy(object);
                    if (copy.isPresent()) {
                        copies.add(copy.get());
                        if (object.size() >= NOTED_AT_ONCE) {
                            note(List.of(copy.get()));
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
        requireGoing();
    }

    private Future<@Nullable Void> start(Callable<@Nullable Void> copy) {
        try {
            return shared.executor.submit(copy);
        } catch (RejectedExecutionException e) {
            renames.copies.release();
            return CompletableFuture.failedFuture(new StoreException(Failure.UNAVAILABLE, "the gateway stops", e));
        }
    }

    /** Returns nothing if somebody else has deleted it meanwhile. */
    private Optional<Copy> copy(ObjectInfo object) throws StoreException {
        ObjectKey to = counterpart(object.key());
        if (Fingerprints.isMarker(object)) {
            ObjectInfo marker = new ObjectInfo(to, 0, "", Instant.EPOCH);
            if (!to.equals(target) || !entry.targetWasThere()) {
                // Written rather than copied: versitygw 1.7 copies no markers.
                store.putMarker(to);
            }
            return Optional.of(new Copy(object, marker));
        }
        ObjectInfo from = object;
        for (int attempt = 1; ; attempt++) {
            try {
                return Optional.of(new Copy(from, store.copy(from, to, WriteCondition.STILL_ABSENT)));
            } catch (StoreException e) {
                if (e.failure() != Failure.CONFLICT && e.failure() != Failure.NOT_FOUND) {
                    throw e;
                }
                Optional<ObjectInfo> present = store.head(object.key());
                if (present.isEmpty()) {
                    return Optional.empty();
                }
                if (present.get().equals(from)) {
                    // The target is there: as others have made it, or as the request has whose answer was lost.
                    Optional<ObjectInfo> there = store.head(to);
                    if (there.isPresent() && hasSameTag(from, there.get())) {
                        return Optional.of(new Copy(from, there.get()));
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

    private static boolean hasSameTag(ObjectInfo one, ObjectInfo other) {
        return one.size() == other.size() && !one.etag().isEmpty() && one.etag().equals(other.etag());
    }

    private void note(Collection<Copy> copies) {
        Map<Long, Long> sources = new HashMap<>();
        for (Copy copy : copies) {
            sources.put(Fingerprints.target(copy.to()), Fingerprints.source(copy.from()));
        }
        renames.journal.copied(entry.id(), sources);
    }

    private void keepAttributes(Collection<Copy> copies) {
        shared.afterwards(target, () -> {
            Map<ObjectInfo, ObjectInfo> files = new HashMap<>();
            Map<ObjectKey, ObjectKey> markers = new HashMap<>();
            for (Copy copy : copies) {
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
            shared.attributes.copyDigests(files);
        });
    }

    /** Of what a pass over a directory has found. */
    private static final class Pass {
        private long deleted;
        private long left;
        private final List<String> names = new ArrayList<>();
        private @Nullable StoreException refusal;

        void leave(ObjectKey key) {
            left++;
            if (names.size() < NAMES_IN_LOG) {
                names.add(key.key());
            }
        }
    }

    /**
     * Deletes the sources, in as many passes as it takes to find nothing more to delete.
     *
     * @return why the store has refused to delete some, for good; they stay
     * @throws StoreException the store does not answer as it should; it is to be tried again
     */
    private Optional<StoreException> deleteSources() throws StoreException {
        Pass pass;
        try (Departure _ = recovered ? renames.leave(entry) : () -> {}) {
            do {
                pass = deletePass();
            } while (pass.deleted > 0);
        }
        if (pass.left > 0) {
            log.warn(
                    "{} objects stay in {}: others changed them or their copies during the rename, or they cannot be"
                            + " deleted: {}{}",
                    pass.left,
                    source,
                    String.join(", ", pass.names),
                    pass.left > pass.names.size() ? ", …" : "");
        }
        return Optional.ofNullable(pass.refusal);
    }

    private Pass deletePass() throws StoreException {
        Pass pass = new Pass();
        PairedListing copies = new PairedListing(store, target);
        String cursor = null;
        do {
            requireOwn();
            ObjectPage page = store.list(source.bucket(), source.key(), false, cursor, PAGE);
            Map<String, ObjectInfo> there = copies.of(names(page, source));
            Map<Long, Long> noted = renames.journal.sources(
                    entry.id(),
                    there.values().stream().map(Fingerprints::target).toList());
            Map<ObjectInfo, Long> toDelete = new LinkedHashMap<>();
            for (ObjectInfo object : page.objects()) {
                ObjectInfo copy = there.get(name(object.key(), source));
                Long from = copy == null ? null : noted.get(Fingerprints.target(copy));
                if (copy != null && from != null && from == Fingerprints.source(object)) {
                    toDelete.put(object, Fingerprints.target(copy));
                } else {
                    pass.leave(object.key());
                }
            }
            delete(toDelete, pass);
            cursor = page.next();
        } while (cursor != null);
        return pass;
    }

    /** @param versions as they were just listed, with the fingerprints that need not be known when they are gone */
    private void delete(Map<ObjectInfo, Long> versions, Pass pass) throws StoreException {
        if (versions.isEmpty()) {
            return;
        }
        List<ObjectInfo> comparable = versions.keySet().stream()
                .map(version ->
                        Fingerprints.isMarker(version) ? new ObjectInfo(version.key(), 0, "", Instant.EPOCH) : version)
                .toList();
        List<ObjectKey> changed;
        try {
            changed = store.deleteUnchanged(comparable);
        } catch (StoreException e) {
            if (e.failure() == Failure.UNAVAILABLE || e.failure() == Failure.ABORTED) {
                throw e;
            }
            versions.keySet().forEach(version -> pass.leave(version.key()));
            pass.refusal = e;
            return;
        }
        changed.forEach(pass::leave);
        pass.deleted += versions.size() - changed.size();
        List<ObjectKey> gone =
                new ArrayList<>(versions.keySet().stream().map(ObjectInfo::key).toList());
        gone.removeAll(changed);
        shared.afterwards(source, () -> shared.attributes.remove(gone));
        renames.journal.forget(entry.id(), versions.values());
    }

    /** Removes what was made, in as many passes as it takes to find nothing more. */
    private void undo() throws StoreException {
        if (recovered
                && entry.phase() == Phase.COPYING
                && !renames.journal.change(entry.id(), Phase.COPYING, Phase.UNDOING)) {
            requireOwn();
            throw new StoreException(Failure.UNAVAILABLE, "the journal no longer contains this rename");
        }
        Pass pass;
        do {
            pass = undoPass();
        } while (pass.deleted > 0);
        if (pass.left > 0) {
            log.warn(
                    "{} objects stay in {} after a rename was undone: others have changed them, or they cannot be"
                            + " deleted: {}{}",
                    pass.left,
                    target,
                    String.join(", ", pass.names),
                    pass.left > pass.names.size() ? ", …" : "");
        }
    }

    private Pass undoPass() throws StoreException {
        Pass pass = new Pass();
        PairedListing sources = new PairedListing(store, source);
        String cursor = null;
        do {
            requireOwn();
            ObjectPage page = store.list(target.bucket(), target.key(), false, cursor, PAGE);
            Map<String, ObjectInfo> there = sources.of(names(page, target));
            Map<Long, Long> noted = renames.journal.sources(
                    entry.id(),
                    page.objects().stream().map(Fingerprints::target).toList());
            Map<ObjectInfo, Long> toDelete = new LinkedHashMap<>();
            for (ObjectInfo copy : page.objects()) {
                if (entry.targetWasThere() && copy.key().equals(target)) {
                    continue;
                }
                ObjectInfo from = there.get(name(copy.key(), target));
                long fingerprint = Fingerprints.target(copy);
                if (from != null && (noted.containsKey(fingerprint) || isCopy(from, copy))) {
                    toDelete.put(copy, fingerprint);
                } else {
                    pass.leave(copy.key());
                }
            }
            delete(toDelete, pass);
            cursor = page.next();
        } while (cursor != null);
        return pass;
    }

    /** Whether an object is a copy that could not be noted any more: it is what its source is, by tag or by bytes. */
    private boolean isCopy(ObjectInfo from, ObjectInfo copy) throws StoreException {
        if (from.size() != copy.size()) {
            return false;
        }
        return Fingerprints.isMarker(from)
                || hasSameTag(from, copy)
                || (!copy.lastModified().isBefore(entry.started().minus(CLOCK_SKEW))
                        && MessageDigest.isEqual(digest(from), digest(copy)));
    }

    private byte[] digest(ObjectInfo version) throws StoreException {
        try (ObjectReader reader = store.read(version, 0)) {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
            while (reader.read(buffer) >= 0) {
                sha256.update(buffer.flip());
                buffer.clear();
            }
            return sha256.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
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
