package dev.slipway.core.store.upload;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.RequestBody;
import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.store.MemorySlot;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.requests.StoreFailures;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the bytes of an upload, and sends them in parts while later bytes arrive. Bytes are copied once, to the chunks
 * that the request body then reads from. One file although it is long: its methods share one monitor and one state, and
 * what could be named apart is in {@link PartBuffer}, {@link SentParts}, {@link PartMemory} and {@link CopyQueue}.
 *
 * <p>All fields, and the state of the upload, are guarded by this object's monitor, which is never held while waiting
 * for the store.
 */
final class PartPipeline {
    private static final Logger log = LoggerFactory.getLogger(PartPipeline.class);

    /** The most parts of one upload in flight; with more, one client could take all memory. */
    private static final int MAX_PARTS_IN_FLIGHT = 4;

    /**
     * How often an upload that waits for memory takes one chunk anyway, if one can be spared, so that its client sees
     * progress.
     */
    private static final Duration SLOW_CHUNK = Duration.ofSeconds(1);

    /** How long an upload that needs larger parts waits for their memory; it holds no memory meanwhile. */
    private static final Duration GROWTH_WAIT = Duration.ofSeconds(30);

    private final ObjectKey key;
    private final UploadRequests requests;
    private final PartSizes sizes;
    private final boolean notesParts;
    private final RemoteUpload remote;
    private final PartBuffer filling = new PartBuffer();
    private final SentParts parts = new SentParts();
    private final CopyQueue copies = new CopyQueue();
    private final PartMemory memory;
    private UploadState state = new UploadState.Open();
    private long size;

    /** The pending wait for a larger slot, or the pending read of retained bytes, if any. */
    private @Nullable Future<?> awaited;

    /**
     * Begins an upload.
     *
     * @param slot enough memory for the first part; owned by this object from here on
     * @param notesParts whether each part is recorded in the journal
     */
    PartPipeline(
            ObjectKey key,
            UploadRequests requests,
            PartSizes sizes,
            RemoteUpload remote,
            MemorySlot slot,
            boolean notesParts) {
        this.key = key;
        this.requests = requests;
        this.sizes = sizes;
        this.remote = remote;
        this.memory = new PartMemory(slot);
        this.notesParts = notesParts;
    }

    /** Continues after the parts that the store has of an interrupted upload. */
    synchronized void takeOver(List<StoredPart> before) {
        parts.takeOver(before);
        size = parts.start();
    }

    synchronized UploadState state() {
        return state;
    }

    /** The bytes taken so far. */
    synchronized long size() {
        return size;
    }

    /** The bytes of the part that is being filled. */
    synchronized long filled() {
        return filling.bytes();
    }

    /** The restart offset if the upload were interrupted now, in bytes. */
    synchronized long keptBytes() {
        return parts.keptBytes(size);
    }

    /** The restart offset if all parts in flight arrived. */
    synchronized long mostKeptBytes() {
        return parts.mostKeptBytes(size);
    }

    /** Changes the state; {@link UploadState} defines the transitions. */
    private void become(UploadState next) {
        if (!state.canBecome(next)) {
            throw new IllegalStateException(key + ": " + state + " cannot become " + next);
        }
        state = next;
        notifyAll();
    }

    /** An upload that has lost bytes can no longer be completed. */
    private synchronized void fail(StoreException cause) {
        if (state instanceof UploadState.Open) {
            become(new UploadState.Broken(cause));
        } else if (state instanceof UploadState.Ending ending && ending.cause() == null) {
            become(new UploadState.Ending(cause));
        }
    }

    /** Fails unless this takes bytes: with the upload's failure, or as aborted. */
    synchronized void requireOpen() throws StoreException {
        Optional<StoreException> failure = state.failure();
        if (failure.isPresent()) {
            throw new StoreException(failure.get().failure(), failure.get().getMessage(), failure.get());
        }
        if (!(state instanceof UploadState.Open)) {
            throw new StoreException(Failure.ABORTED, "the upload of " + key + " has ended");
        }
    }

    /** Performs a step that takes or requests bytes. If it fails, bytes may be lost and the upload is broken. */
    void take(Step step) throws StoreException {
        boolean taken = false;
        try {
            step.run();
            taken = true;
        } catch (StoreException e) {
            fail(e);
            throw e;
        } finally {
            if (!taken) {
                fail(new StoreException(Failure.INTERNAL, "bytes of " + key + " were lost"));
            }
        }
    }

    /** A step that takes or requests bytes. */
    @FunctionalInterface
    interface Step {
        void run() throws StoreException;
    }

    /** Takes all bytes of a buffer. Blocks while the memory is in use. */
    void write(ByteBuffer data) throws StoreException {
        while (data.hasRemaining()) {
            if (isPartFull()) {
                sendPart();
            }
            fill(data, awaitRoom(), true);
        }
    }

    /** The size of the part that is being filled. */
    private long partBytes() {
        return sizes.bytes(parts.next());
    }

    /**
     * When many uploads are open, parts are sent early: less is in flight in all, and each upload gets its next turn
     * sooner.
     */
    private synchronized boolean isPartFull() {
        return filling.bytes() == partBytes()
                || (filling.bytes() >= sizes.leastBytes(parts.next()) && memory.isCrowded());
    }

    /**
     * Fills the part.
     *
     * @param newChunks the most chunks to take
     * @param early whether to stop as soon as the part may be sent
     */
    private synchronized void fill(ByteBuffer data, int newChunks, boolean early) throws StoreException {
        requireOpen();
        int chunksLeft = newChunks;
        long room = partBytes() - filling.bytes();
        while (data.hasRemaining() && room > 0) {
            if (filling.needsChunk()) {
                if (chunksLeft == 0 || (early && isPartFull())) {
                    return;
                }
                chunksLeft--;
                if (!filling.isEmpty()) {
                    note();
                }
                filling.add(memory.take());
            }
            int count = filling.append(data, room);
            size += count;
            room -= count;
        }
    }

    /** Records the upload in the journal, if its owner can resume it, since it takes longer than most. */
    synchronized void note() {
        if (state instanceof UploadState.Open) {
            remote.noteResumable();
        }
    }

    /** Sends the part that is being filled; with the first part, creates the multipart upload. */
    private synchronized void sendPart() throws StoreException {
        requireOpen();
        CompletableFuture<CreatedUpload> upload = created(1);
        PartBuffer.Filled part = filling.take();
        RequestBody body = RequestBody.of(part.chunks());
        MemorySlot lender = memory.slot();
        int number = parts.send(part.bytes(), part.crc());
        memory.forgetRoom();
        var _ = upload.thenCompose(created -> requests.uploadPart(key, created, number, body, part.crc())
                        .thenCompose(sent -> notesParts
                                ? requests.notePart(created, sent, part.crc())
                                : CompletableFuture.completedFuture(sent)))
                .whenComplete((sent, thrown) -> settle(number, sent, thrown, part, body, lender));
    }

    /** Creates the upload if necessary, and checks that so many more parts are allowed. */
    private CompletableFuture<CreatedUpload> created(long more) throws StoreException {
        if (parts.count() + more > PartSizes.MAX_PARTS) {
            throw new StoreException(
                    Failure.TOO_LARGE,
                    key + ": more than the " + sizes.largestObject() + " bytes that 10,000 parts hold");
        }
        return remote.create();
    }

    /** Requests a part copy from the store. */
    @FunctionalInterface
    interface Copy {
        /**
         * Requests the copy, unless it is no longer needed when its turn comes.
         *
         * @param index the index of the copy, from 0
         * @param unwanted called when its turn comes
         */
        CompletableFuture<UploadedPart> ask(CreatedUpload upload, int partNumber, int index, BooleanSupplier unwanted);
    }

    /**
     * Has the store copy a range in separate parts. The part that is being filled must be one that others can follow.
     */
    synchronized void copy(PartSizes.Copies wanted, Copy copy) throws StoreException {
        requireOpen();
        if (!filling.isEmpty()) {
            sendPart();
        }
        CompletableFuture<CreatedUpload> created = created(wanted.count());
        for (int i = 0; i < wanted.count(); i++) {
            int index = i;
            int number = parts.copy(wanted.offset(i + 1) - wanted.offset(i));
            copies.add(() -> {
                var _ = created.thenCompose(upload -> copy.ask(upload, number, index, this::isOver))
                        .whenComplete((part, thrown) -> settleCopy(part, thrown));
            });
        }
        size += wanted.bytes();
        // The next part may be larger.
        memory.forgetRoom();
        queueCopies();
    }

    private synchronized void queueCopies() {
        if (state.isOver()) {
            parts.copied(copies.clear());
        }
        copies.run();
    }

    private synchronized boolean isOver() {
        return state.isOver();
    }

    private synchronized void settleCopy(@Nullable UploadedPart part, @Nullable Throwable thrown) {
        parts.copied(1);
        copies.ended();
        if (part != null) {
            parts.stored(part);
        } else {
            fail(partFailed(thrown, "COPY to " + key));
        }
        queueCopies();
        notifyAll();
        giveUpIfAborted();
    }

    /** Requests bytes from the store. */
    @FunctionalInterface
    interface Read {
        /** Requests a number of bytes, and passes them to {@link #receive}. */
        CompletableFuture<?> ask(long bytes);
    }

    /**
     * Starts to read bytes into the part that is being filled; sends that part first if it is full. Blocks while the
     * memory is in use.
     *
     * @param most the most bytes to read
     * @return the request
     */
    Reading read(long most, Read read) throws StoreException {
        synchronized (this) {
            if (filling.bytes() == partBytes()) {
                sendPart();
            }
        }
        int newChunks = awaitRoom();
        synchronized (this) {
            requireOpen();
            long inChunks = filling.chunkBytes() - filling.bytes() + (long) newChunks * PartPool.CHUNK_BYTES;
            long bytes = Math.min(most, Math.min(partBytes() - filling.bytes(), inChunks));
            CompletableFuture<?> request = read.ask(bytes);
            awaited = request;
            return new Reading(request, bytes);
        }
    }

    /** A request for a number of bytes; cancelled when the upload ends. */
    record Reading(CompletableFuture<?> request, long bytes) {}

    /** Takes bytes that the store has sent. Does not block. */
    void receive(ByteBuffer data) {
        try {
            fill(data, Integer.MAX_VALUE, false);
        } catch (StoreException e) {
            throw new CompletionException(e);
        }
    }

    private synchronized void settle(
            int number,
            @Nullable UploadedPart sent,
            @Nullable Throwable thrown,
            PartBuffer.Filled part,
            RequestBody body,
            MemorySlot lender) {
        boolean reusable = thrown == null && body.wasReadOnce();
        for (ByteBuffer chunk : part.chunks()) {
            lender.giveBack(chunk, reusable);
        }
        parts.sent();
        if (sent != null) {
            parts.stored(sent);
        } else {
            fail(partFailed(thrown, "part " + number + " of " + key));
        }
        if (state instanceof UploadState.Open || state instanceof UploadState.Broken) {
            memory.shrink(lender, partBytes(), filling.chunkBytes(), parts.sending());
        }
        notifyAll();
        giveUpIfAborted();
    }

    /** To the client, a lost upload is not a missing file. */
    private static StoreException partFailed(@Nullable Throwable thrown, String what) {
        StoreException cause = StoreFailures.of(thrown == null ? new IllegalStateException("no part") : thrown, what);
        return cause.failure() == Failure.NOT_FOUND
                ? new StoreException(Failure.UNAVAILABLE, cause.getMessage(), cause)
                : cause;
    }

    /**
     * Waits until there is memory for the whole part that is being filled: more memory if that is free at once,
     * otherwise the upload's own, when a part in flight has settled. This is the back-pressure. But clients that see no
     * progress at all give up, so meanwhile spare chunks are handed out one at a time.
     *
     * @return how many chunks may be taken now
     */
    private int awaitRoom() throws StoreException {
        MemorySlot smaller;
        long part;
        synchronized (this) {
            requireOpen();
            if (memory.hasRoom()) {
                return Integer.MAX_VALUE;
            }
            if (!filling.needsChunk()) {
                return 0;
            }
            part = partBytes();
            long deadline = System.nanoTime() + SLOW_CHUNK.toNanos();
            while (true) {
                requireOpen();
                if (memory.reserve(part - filling.chunkBytes(), parts.sending() < MAX_PARTS_IN_FLIGHT)) {
                    return Integer.MAX_VALUE;
                }
                if (parts.sending() == 0) {
                    break;
                }
                long left = deadline - System.nanoTime();
                if (left <= 0 && memory.canSpareChunk(part)) {
                    return 1;
                }
                awaitSettlement(Math.max(left, SLOW_CHUNK.toNanos() / 4));
            }
            // The next part is larger than the last one.
            smaller = memory.slot();
        }
        awaitLargerSlot(smaller, part);
        return Integer.MAX_VALUE;
    }

    /**
     * Queues for the memory of a whole part; holds none meanwhile. Waits on another thread, which the end of the upload
     * can interrupt: this thread belongs to the caller.
     */
    private void awaitLargerSlot(MemorySlot smaller, long part) throws StoreException {
        FutureTask<@Nullable Void> queueing;
        synchronized (this) {
            requireOpen();
            queueing = new FutureTask<>(() -> {
                MemorySlot larger = smaller.exchange(part, GROWTH_WAIT);
                synchronized (PartPipeline.this) {
                    memory.exchanged(larger);
                    if (hasEnded()) {
                        larger.close();
                    }
                }
                return null;
            });
            awaited = queueing;
        }
        Thread.ofVirtual().name("admission").start(queueing);
        try {
            queueing.get();
        } catch (ExecutionException e) {
            throw StoreFailures.of(e.getCause() == null ? e : e.getCause(), "the upload of " + key);
        } catch (CancellationException e) {
            log.debug("The upload of {} was closed while it waited for memory", key, e);
        } catch (InterruptedException e) {
            queueing.cancel(true);
            Thread.currentThread().interrupt();
            throw new StoreException(Failure.ABORTED, "interrupted while sending " + key, e);
        }
        synchronized (this) {
            requireOpen();
        }
    }

    private boolean hasEnded() {
        return !state.isUnderWay() && !(state instanceof UploadState.Completing);
    }

    @SuppressWarnings("WaitNotInLoop") // All callers loop until what they wait for has happened.
    private void awaitSettlement(long nanos) throws StoreException {
        try {
            TimeUnit.NANOSECONDS.timedWait(this, nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Failure.ABORTED, "interrupted while sending " + key, e);
        }
    }

    /** Sends the buffered bytes of a multipart upload, and waits until the store has all of its parts. */
    synchronized void awaitParts() throws StoreException {
        requireOpen();
        if (remote.created().isEmpty()) {
            return;
        }
        if (!filling.isEmpty()) {
            sendPart();
        }
        while (parts.unsettled() > 0) {
            requireOpen();
            if (parts.sending() == 0) {
                // What follows needs no memory, and may take the store long.
                memory.release();
            }
            awaitSettlement(Long.MAX_VALUE);
        }
        requireOpen();
        if (!parts.areAllStored()) {
            throw new StoreException(
                    Failure.INTERNAL,
                    key + ": " + parts.stored().size() + " of " + parts.count() + " parts are stored");
        }
    }

    /**
     * What is to be completed.
     *
     * @param last the bytes that were not sent in parts: all bytes if there are no parts
     */
    record Completion(List<UploadedPart> parts, PartBuffer.Filled last, long bytes, int crc) {}

    /** Stops taking bytes; all parts are stored. */
    synchronized Completion complete() throws StoreException {
        requireOpen();
        become(new UploadState.Completing());
        return new Completion(parts.stored(), filling.take(), size, parts.crc());
    }

    /**
     * Ends a completion.
     *
     * @param stored whether the object exists
     * @param reusable whether nothing reads from the completed bytes' memory any more
     */
    synchronized void completed(Completion completion, boolean stored, boolean reusable) {
        memory.close(completion.last().chunks(), reusable);
        if (stored) {
            remote.forget();
        }
        become(stored ? new UploadState.Stored() : new UploadState.Incomplete());
    }

    /** Stops taking bytes and returns the memory. Returns false if this has already ended. */
    private boolean end(UploadState next) {
        if (!state.isUnderWay()) {
            return false;
        }
        become(next);
        memory.close(filling.take().chunks(), true);
        if (awaited != null) {
            awaited.cancel(true);
        }
        return true;
    }

    /** Aborts the upload, unless it has ended. Does not block. */
    synchronized void abort() {
        if (end(new UploadState.Aborted(state.failure().orElse(null)))) {
            giveUpIfAborted();
        }
    }

    /**
     * Ends the upload, unless it has ended, and keeps what the store has. Blocks until the parts in flight have
     * settled.
     *
     * @param worthwhile whether a given number of bytes is worth keeping
     * @return whether anything is kept
     */
    synchronized boolean suspend(LongPredicate worthwhile) throws StoreException {
        StoreException cause = state.failure().orElse(null);
        // If even all parts in flight would not be worth keeping, pending copies are not needed.
        if (!worthwhile.test(mostKeptBytes())) {
            abort();
            return false;
        }
        if (!end(new UploadState.Ending(cause))) {
            return false;
        }
        while (parts.unsettled() > 0) {
            awaitSettlement(Long.MAX_VALUE);
        }
        boolean kept = worthwhile.test(keptBytes());
        become(kept ? new UploadState.Interrupted() : new UploadState.Aborted(cause));
        giveUpIfAborted();
        return kept;
    }

    /** Aborts the multipart upload once its writer has ended and no part can arrive after the abort. */
    private synchronized void giveUpIfAborted() {
        if (state instanceof UploadState.Aborted && parts.unsettled() == 0) {
            remote.giveUp();
        }
    }
}
