package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.state.StateException;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renames by copying on the store's side and then deleting. The caller holds the locks, which keep other changes through
 * this gateway away; whatever others do to the bucket meanwhile must not be lost.
 *
 * <ol>
 *   <li>All is copied, page by page. If that fails, the copies that were made here, and are still the same, are removed.
 *   <li>Then the sources are deleted that were copied, and are still the same.
 * </ol>
 */
final class Rename {
    private static final Logger log = LoggerFactory.getLogger(Rename.class);
    private static final int COPIES_IN_FLIGHT = 64;
    private static final int PAGE = 1000;

    private final ObjectFileSystems shared;

    Rename(ObjectFileSystems shared) {
        this.shared = shared;
    }

    /**
     * All keys that start with a prefix.
     *
     * @param prefix ends with a slash
     */
    record Directory(String bucket, String prefix) {
        ObjectKey marker() {
            return new ObjectKey(bucket, prefix);
        }

        boolean isMarker(ObjectKey key) {
            return key.equals(marker());
        }
    }

    /** One step of a rename. */
    private interface Step {
        void run() throws StoreException;
    }

    void file(ObjectInfo source, ObjectKey target, WriteCondition condition) throws StoreException {
        toTheEnd(() -> {
            Instant modified = shared.attributes.modified(source).orElse(source.lastModified());
            ObjectInfo copy = shared.store.copy(source, target, condition);
            shared.afterwards(target, () -> {
                shared.attributes.put(copy, modified);
                shared.attributes.copyDigests(Map.of(source, copy));
            });
            Optional<ObjectInfo> present = shared.store.head(source.key());
            if (present.equals(Optional.of(source))) {
                delete(List.of(source));
            } else if (present.isPresent()) {
                log.info("{} was replaced while it was renamed; what is there now stays", source.key());
            }
        });
    }

    /**
     * Renames all that is in a directory, its own marker included.
     *
     * @param target nothing but a marker is in it
     * @param targetIsThere whether the target is a directory, and must stay one if this fails
     */
    void directory(Directory source, Directory target, boolean targetIsThere) throws StoreException {
        toTheEnd(() -> {
            VersionSet copied = copyAll(source, target, targetIsThere);
            deleteUnchanged(source, copied);
        });
    }

    /** Runs where no interrupt reaches it: one that came between two requests would leave a part of it at each place. */
    private void toTheEnd(Step step) throws StoreException {
        awaitAll(List.of(shared.executor.submit(() -> {
            step.run();
            return null;
        })));
    }

    /** Copies a directory, or else leaves the target as it was. Returns what was copied. */
    private VersionSet copyAll(Directory source, Directory target, boolean targetIsThere) throws StoreException {
        VersionSet copied = new VersionSet();
        VersionSet made = new VersionSet();
        try {
            String cursor = null;
            do {
                ObjectPage page = shared.store.list(source.bucket(), source.prefix(), false, cursor, PAGE);
                List<ObjectInfo> objects = page.objects().stream()
                        .filter(object -> !targetIsThere || !source.isMarker(object.key()))
                        .toList();
                copyPage(objects, source, target, made);
                page.objects().stream().map(Rename::comparable).forEach(copied::add);
                cursor = page.next();
            } while (cursor != null);
            Map<ObjectKey, Instant> time = shared.attributes.modifiedDirectories(List.of(source.marker()));
            if (!time.isEmpty()) {
                shared.afterwards(
                        target.marker(),
                        () -> shared.attributes.putDirectories(
                                Map.of(target.marker(), time.values().iterator().next())));
            }
            return copied;
        } catch (StoreException | RuntimeException e) {
            undo(target, made, e);
            throw e;
        }
    }

    /** @param made receives what was made by this */
    private void copyPage(List<ObjectInfo> objects, Directory source, Directory target, VersionSet made)
            throws StoreException {
        Map<ObjectKey, Instant> times = shared.attributes.modified(objects);
        Map<ObjectKey, Instant> directoryTimes = shared.attributes.modifiedDirectories(
                objects.stream().filter(Rename::isMarker).map(ObjectInfo::key).toList());
        for (ObjectInfo object : objects) {
            ObjectKey to = renamed(object, source, target);
            if (to.isTooLong()) {
                throw new StoreException(Failure.NAME_INVALID, to + " would be longer than S3 takes");
            }
        }
        Map<ObjectInfo, Instant> newTimes = new ConcurrentHashMap<>();
        Map<ObjectKey, Instant> newDirectoryTimes = new ConcurrentHashMap<>();
        Map<ObjectInfo, ObjectInfo> copies = new ConcurrentHashMap<>();
        Semaphore places = new Semaphore(COPIES_IN_FLIGHT);
        AtomicBoolean failed = new AtomicBoolean();
        List<Future<@Nullable Void>> running = new ArrayList<>();
        for (ObjectInfo object : objects) {
            places.acquireUninterruptibly();
            if (failed.get()) {
                break;
            }
            running.add(shared.executor.submit(() -> {
                boolean done = false;
                try {
                    ObjectKey to = renamed(object, source, target);
                    if (isMarker(object)) {
                        // Written rather than copied: versitygw 1.7 copies no markers.
                        shared.store.putMarker(to);
                        made.add(anyMarker(to));
                        Instant time = directoryTimes.get(object.key());
                        if (time != null) {
                            newDirectoryTimes.put(to, time);
                        }
                    } else {
                        ObjectInfo copy = shared.store.copy(object, to, WriteCondition.ALWAYS);
                        made.add(copy);
                        copies.put(object, copy);
                        newTimes.put(copy, times.getOrDefault(object.key(), object.lastModified()));
                    }
                    done = true;
                } finally {
                    if (!done) {
                        failed.set(true);
                    }
                    places.release();
                }
                return null;
            }));
        }
        awaitAll(running);
        shared.afterwards(target.marker(), () -> {
            shared.attributes.put(newTimes);
            shared.attributes.putDirectories(newDirectoryTimes);
            shared.attributes.copyDigests(copies);
        });
    }

    private static ObjectKey renamed(ObjectInfo object, Directory source, Directory target) {
        return new ObjectKey(
                target.bucket(),
                target.prefix() + object.key().key().substring(source.prefix().length()));
    }

    private static boolean isMarker(ObjectInfo object) {
        return object.size() == 0 && object.key().key().endsWith("/");
    }

    /**
     * What tells a version from another. One marker is like another: writing it gives no version that could be compared,
     * and s3proxy names another one in every answer.
     */
    private static ObjectInfo comparable(ObjectInfo object) {
        return isMarker(object) ? anyMarker(object.key()) : object;
    }

    private static ObjectInfo anyMarker(ObjectKey key) {
        return new ObjectInfo(key, 0, "", Instant.EPOCH);
    }

    /** Deletes from a directory what was copied and has not changed since. */
    private void deleteUnchanged(Directory source, VersionSet copied) throws StoreException {
        long left = 0;
        String cursor = null;
        do {
            ObjectPage page = shared.store.list(source.bucket(), source.prefix(), false, cursor, PAGE);
            List<ObjectInfo> unchanged = page.objects().stream()
                    .map(Rename::comparable)
                    .filter(copied::contains)
                    .toList();
            left += page.objects().size() - unchanged.size() + delete(unchanged);
            cursor = page.next();
        } while (cursor != null);
        if (left > 0) {
            log.warn(
                    "{} objects of s3://{}/{} were written by others while it was renamed; they stay there",
                    left,
                    source.bucket(),
                    source.prefix());
        }
    }

    /** Deletes what was just seen. Returns how many had changed even so, and stay. */
    private int delete(List<ObjectInfo> seen) throws StoreException {
        List<ObjectKey> gone =
                new ArrayList<>(seen.stream().map(ObjectInfo::key).toList());
        List<ObjectKey> changed = shared.store.deleteUnchanged(seen);
        gone.removeAll(changed);
        if (!gone.isEmpty()) {
            shared.afterwards(gone.getFirst(), () -> shared.attributes.remove(gone));
        }
        return changed.size();
    }

    private void undo(Directory target, VersionSet made, Exception cause) {
        try {
            String cursor = null;
            do {
                ObjectPage page = shared.store.list(target.bucket(), target.prefix(), false, cursor, PAGE);
                delete(page.objects().stream()
                        .map(Rename::comparable)
                        .filter(made::contains)
                        .toList());
                cursor = page.next();
            } while (cursor != null);
        } catch (StoreException | RuntimeException e) {
            log.warn(
                    "A rename failed, and its copies in s3://{}/{} could not all be removed again: {}",
                    target.bucket(),
                    target.prefix(),
                    e.getMessage());
            cause.addSuppressed(e);
        }
    }

    /** Waits for all, whatever fails: an undo must come after the last copy. */
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
