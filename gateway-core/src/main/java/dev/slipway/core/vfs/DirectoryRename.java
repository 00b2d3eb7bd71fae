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
 * Renames a directory: copies all of its objects on the store's side, then deletes the sources. The caller holds the
 * locks, which exclude other changes through this gateway; changes that others make to the bucket meanwhile must not be
 * lost.
 * <ol>
 * <li>{@link Phase#COPYING}: copies all objects, a page at a time, and records in the journal which version was copied
 *     to which.
 * <li>{@link Phase#DELETING}: deletes each source that was copied and has not changed, if its copy exists and has not
 *     changed either.
 * <li>{@link Phase#UNDOING}, if copying fails: deletes each copy whose source still exists.
 * </ol>
 * So no object is deleted unless its counterpart has just been seen. The change from the first phase to another is
 * recorded in the state database: from then on the rename is retried until it is complete, whatever fails. If this
 * process ends first, the next one continues it.
 */
final class DirectoryRename {
    private static final Logger log = LoggerFactory.getLogger(DirectoryRename.class);
    private static final int PAGE = 1000;

    /** How many copies start after one check of the target: few enough that a store makes them in a moment. */
    private static final int COPIED_AT_ONCE = 250;

    /** Smaller copies are recorded with their page: if that fails, their bytes can be compared instead. */
    private static final long NOTED_AT_ONCE = 16L << 20;

    /** How often a source that changes during the copy is copied again. */
    private static final int TRIES = 3;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    /**
     * Assumed maximum difference between the store's clock and the gateway's: stores refuse requests with a larger one.
     */
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(15);

    private static final int NAMES_IN_LOG = 5;

    private final ObjectFileSystems shared;
    private final ObjectStore store;
    private final Renames renames;
    private final RenameTable.Entry entry;
    private final ObjectKey source;
    private final ObjectKey target;

    /** Whether an earlier run started this rename. */
    private final boolean recovered;

    private final VirtualPath path;
    private volatile Phase phase;
    private final CountDownLatch ended = new CountDownLatch(1);
    private long copied;

    /** The last name, relative to the prefix, for which the target was checked. */
    private String previous = "";

    /** Whether another gateway took this rename over because it considered this one dead. */
    private boolean lost;

    /** A completed copy. */
    private record Copy(ObjectInfo from, ObjectInfo to) {}

    /** @param path the path that the client renames, for messages */
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

    /** Whether a reader of a location would see an incomplete directory. */
    boolean isHalf(String bucket, String prefix) {
        ObjectKey half = phase == Phase.DELETING ? source : target;
        return half.bucket().equals(bucket) && prefix.startsWith(half.key());
    }

    /** Whether a key lies within the source or the target of this rename, or contains one of them. */
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

    /** The message for clients whose request conflicts with this rename. */
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
            renames.journal.begin(entry);
            toTheEnd(told);
        } finally {
            renames.remove(this);
            ended();
        }
    }

    /**
     * Performs all remaining steps. Blocks until they are complete, or the gateway stops.
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
                    // If the row says that all is copied, the change succeeded and only its answer was lost.
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
                            "the gateway stops: its next start finishes or undoes the rename of " + source + " to "
                                    + target,
                            e));
                    return;
                }
                if (phase == Phase.COPYING && cause == null) {
                    cause = e;
                    continue;
                }
                log.warn(
                        "The rename of {} to {} ({}) cannot continue: {}; retrying in {} s",
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

    /** The client's answer if all is copied, but deleting takes longer than the client waits. */
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
            throw new StoreException(Failure.UNAVAILABLE, "the gateway is stopping");
        }
    }

    /** Called before every change to the store. */
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
            // Also for a page that failed: the undo needs the record.
            note(copies);
        }
        copied += copies.size();
        keepAttributes(copies);
    }

    /**
     * Fails if others have created an object at the target of a copy. One listing covers many keys; a request for each
     * key would take as long as half of the copies.
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
        // An undo must not start before the last copy has ended.
        awaitAll(running);
        requireGoing();
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

    /** Copies an object. Returns nothing if somebody else has deleted it meanwhile. */
    private Optional<Copy> copy(ObjectInfo object) throws StoreException {
        ObjectKey to = counterpart(object.key());
        if (Fingerprints.isMarker(object)) {
            ObjectInfo marker = new ObjectInfo(to, 0, "", Instant.EPOCH);
            if (!to.equals(target) || !entry.targetWasThere()) {
                // Written rather than copied: versitygw 1.7 cannot copy markers.
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
                    // The target exists: either others created it, or our request did and its answer was lost.
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

    /** The results of one pass over a directory. */
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
     * Deletes the sources, in passes, until a pass finds nothing more to delete.
     *
     * @return why the store permanently refused to delete some sources, which stay
     * @throws StoreException if the store failed temporarily; to be retried
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

    /**
     * @param versions the versions as just listed, each with its fingerprint, which the journal forgets once the object
     *     is deleted
     */
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

    /** Deletes the copies, in passes, until a pass finds nothing more to delete. */
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

    /** Whether an object is a copy that could not be recorded: its ETag or its bytes equal those of its source. */
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

    /** Waits for all, in spite of failures and interrupts. */
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
