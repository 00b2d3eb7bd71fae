package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renames by copying on the store's side and then deleting. The caller holds the locks. Until the last copy is made
 * nothing is deleted, so that a failure leaves the source whole; the copies that were made by then are removed.
 */
final class Rename {
    private static final Logger log = LoggerFactory.getLogger(Rename.class);
    private static final int COPIES_IN_FLIGHT = 64;
    private static final int PAGE = 1000;

    private final ObjectFileSystems shared;

    Rename(ObjectFileSystems shared) {
        this.shared = shared;
    }

    void file(ObjectInfo source, ObjectKey target, WriteCondition condition) throws StoreException {
        toTheEnd(() -> moveFile(source, target, condition));
    }

    private void moveFile(ObjectInfo source, ObjectKey target, WriteCondition condition) throws StoreException {
        Instant modified = shared.attributes.modified(source).orElse(source.lastModified());
        ObjectInfo copy = shared.store.copy(source, target, condition);
        shared.attributes.put(copy, modified);
        shared.store.delete(List.of(source.key()));
        shared.attributes.remove(List.of(source.key()));
    }

    /**
     * Renames all that is under a prefix, the directory's own marker included.
     *
     * @param sourcePrefix ends with a slash, as the target's does; nothing but a marker is under the target's
     * @param targetIsThere whether the target is a directory, and must stay one if this fails
     */
    void directory(
            String sourceBucket, String sourcePrefix, String targetBucket, String targetPrefix, boolean targetIsThere)
            throws StoreException {
        toTheEnd(() -> moveDirectory(sourceBucket, sourcePrefix, targetBucket, targetPrefix, targetIsThere));
    }

    /** One step of a rename. */
    private interface Move {
        void run() throws StoreException;
    }

    /** Runs where no interrupt reaches it: one that came between two requests would leave a part of it at each place. */
    private void toTheEnd(Move move) throws StoreException {
        awaitAll(List.of(shared.executor.submit(() -> {
            move.run();
            return null;
        })));
    }

    private void moveDirectory(
            String sourceBucket, String sourcePrefix, String targetBucket, String targetPrefix, boolean targetIsThere)
            throws StoreException {
        List<ObjectKey> sources = new ArrayList<>();
        List<ObjectKey> copies = new ArrayList<>();
        try {
            String cursor = null;
            do {
                ObjectPage page = shared.store.list(sourceBucket, sourcePrefix, false, cursor, PAGE);
                copyPage(page.objects(), sourcePrefix.length(), targetBucket, targetPrefix, copies);
                page.objects().forEach(object -> sources.add(object.key()));
                cursor = page.next();
            } while (cursor != null);
        } catch (StoreException | RuntimeException e) {
            if (targetIsThere) {
                copies.remove(new ObjectKey(targetBucket, targetPrefix));
            }
            undo(copies, e);
            throw e;
        }
        shared.attributes
                .modifiedDirectories(List.of(new ObjectKey(sourceBucket, sourcePrefix)))
                .forEach((marker, modified) ->
                        shared.attributes.putDirectory(new ObjectKey(targetBucket, targetPrefix), modified));
        shared.store.delete(sources);
        shared.attributes.remove(sources);
    }

    private void copyPage(
            List<ObjectInfo> objects,
            int prefixLength,
            String targetBucket,
            String targetPrefix,
            List<ObjectKey> copies)
            throws StoreException {
        Map<ObjectKey, Instant> times = new HashMap<>(shared.attributes.modified(objects));
        Map<ObjectKey, Instant> directories = shared.attributes.modifiedDirectories(
                objects.stream().filter(Rename::isMarker).map(ObjectInfo::key).toList());
        Semaphore places = new Semaphore(COPIES_IN_FLIGHT);
        for (ObjectInfo object : objects) {
            ObjectKey target = new ObjectKey(
                    targetBucket, targetPrefix + object.key().key().substring(prefixLength));
            if (target.isTooLong()) {
                throw new StoreException(Failure.NAME_INVALID, target + " would be longer than S3 takes");
            }
        }
        List<Future<@Nullable Void>> running = new ArrayList<>();
        for (ObjectInfo object : objects) {
            ObjectKey target = new ObjectKey(
                    targetBucket, targetPrefix + object.key().key().substring(prefixLength));
            copies.add(target);
            places.acquireUninterruptibly();
            running.add(shared.executor.submit(() -> {
                try {
                    if (isMarker(object)) {
                        // Written rather than copied: versitygw 1.7 copies no markers.
                        shared.store.putMarker(target);
                        Instant directory = directories.get(object.key());
                        if (directory != null) {
                            shared.attributes.putDirectory(target, directory);
                        }
                    } else {
                        ObjectInfo copy = shared.store.copy(object, target, WriteCondition.ALWAYS);
                        shared.attributes.put(copy, times.getOrDefault(object.key(), object.lastModified()));
                    }
                } finally {
                    places.release();
                }
                return null;
            }));
        }
        awaitAll(running);
    }

    private static boolean isMarker(ObjectInfo object) {
        return object.size() == 0 && object.key().key().endsWith("/");
    }

    /** Waits for all, whatever fails: an undo must come after the last copy. */
    private static void awaitAll(List<Future<@Nullable Void>> running) throws StoreException {
        StoreException failure = null;
        boolean interrupted = false;
        for (Future<@Nullable Void> copy : running) {
            while (true) {
                try {
                    copy.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    continue;
                } catch (ExecutionException e) {
                    failure = e.getCause() instanceof StoreException known
                            ? known
                            : new StoreException(Failure.INTERNAL, "a copy failed: " + e.getCause(), e.getCause());
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

    private void undo(List<ObjectKey> copies, Exception cause) {
        try {
            shared.store.delete(copies);
        } catch (StoreException e) {
            log.warn("The rename failed, and {} copies could not be removed again: {}", copies.size(), e.getMessage());
            cause.addSuppressed(e);
        }
    }
}
