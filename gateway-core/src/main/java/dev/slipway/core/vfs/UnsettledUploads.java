package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.state.StateException;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Uploads whose clients reconnect before the gateway knows that they are interrupted: stalled uploads, since the
 * network does not report every lost connection, and uploads that are being interrupted, whose last parts are still on
 * their way to the store. Their accounts must not see what the path showed before.
 */
final class UnsettledUploads implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(UnsettledUploads.class);

    /** Clients give up after a minute or more. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /**
     * A client that sends nothing for longer has probably lost its connection, if its account asks for the same path.
     */
    private static final Duration STALLED_AFTER = Duration.ofSeconds(10);

    /** What is not settled when the gateway stops is found at the next start, as after a crash. */
    private static final Duration END = Duration.ofSeconds(10);

    private record Owned(ObjectKey key, String account) {}

    private final Clock clock;
    private final ConcurrentHashMap<Owned, Set<ObjectUpload>> open = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Owned, CompletableFuture<Void>> settling = new ConcurrentHashMap<>();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    UnsettledUploads(Clock clock) {
        this.clock = clock;
    }

    /** An upload has started. Earlier uploads of the same path and account are not kept if they are interrupted. */
    void begun(ObjectKey key, String account, ObjectUpload upload) {
        open.compute(new Owned(key, account), (_, present) -> {
            Set<ObjectUpload> uploads = present == null ? new HashSet<>() : present;
            uploads.forEach(ObjectUpload::supersede);
            uploads.add(upload);
            return uploads;
        });
    }

    /** The account has deleted the path. Its uploads of the path are not kept if they are interrupted. */
    void deleted(ObjectKey key, String account) {
        open.computeIfPresent(new Owned(key, account), (_, uploads) -> {
            uploads.forEach(ObjectUpload::supersede);
            return uploads;
        });
    }

    /** The upload is over, or about to be interrupted. */
    void ended(ObjectKey key, String account, ObjectUpload upload) {
        open.computeIfPresent(new Owned(key, account), (_, uploads) -> {
            uploads.remove(upload);
            return uploads.isEmpty() ? null : uploads;
        });
    }

    /** The stalled upload of a path, unless a newer one has superseded it. */
    Optional<ObjectUpload> stalled(ObjectKey key, String account) {
        Instant before = clock.instant().minus(STALLED_AFTER);
        List<ObjectUpload> stalled = new ArrayList<>();
        open.computeIfPresent(new Owned(key, account), (_, uploads) -> {
            uploads.stream().filter(upload -> upload.isStalledSince(before)).forEach(stalled::add);
            return uploads;
        });
        return stalled.stream().findFirst();
    }

    /** How many files have open uploads; 0 at rest. */
    int size() {
        return open.size();
    }

    /** Interrupts an upload in the background: what the store has is kept. Does not block. */
    void suspend(ObjectKey key, String account, ObjectWriter writer, @Nullable Instant modified) {
        Owned owned = new Owned(key, account);
        CompletableFuture<Void> settled = new CompletableFuture<>();
        CompletableFuture<Void> all =
                settling.merge(owned, settled, (before, also) -> CompletableFuture.allOf(before, also));
        var _ = all.whenComplete((_, _) -> settling.remove(owned, all));
        executor.execute(() -> {
            try {
                writer.suspend(modified);
            } catch (StoreException | RuntimeException e) {
                if (!StateException.isCauseOf(e)) {
                    log.warn(
                            "The restart offset of the interrupted upload of {} could not be recorded: {}",
                            key,
                            e.toString());
                }
            } finally {
                settled.complete(null);
            }
        });
    }

    /**
     * Waits until no upload of a path is being interrupted.
     *
     * @throws VfsException {@link Failure#BUSY} if that takes too long
     */
    void await(VirtualPath path, ObjectKey key, String account) throws VfsException {
        CompletableFuture<Void> pending = settling.get(new Owned(key, account));
        if (pending == null) {
            return;
        }
        try {
            pending.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new VfsException(
                    Failure.BUSY, path, "An interrupted upload of this file is still being stored; try again.", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("it is never completed so", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VfsException(Failure.ABORTED, path, "The operation was aborted.", e);
        }
    }

    /** Waits up to 10 s until all uploads are settled. */
    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(END.toSeconds(), TimeUnit.SECONDS)) {
                log.warn(
                        "Some interrupted uploads are still being saved; the gateway will recover them at its next start");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        executor.shutdownNow();
    }
}
