package dev.slipway.core.store.upload;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.RequestBody;
import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteSlot;
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
 * Takes the bytes of an upload, and sends them in parts while later ones arrive. They are copied once, into the chunks that
 * the request body then reads from.
 *
 * <p>All fields, and the state of the upload, are guarded by this object's monitor, which is never held while waiting for the
 * store.
 */
final class PartPipeline {
    private static final Logger log = LoggerFactory.getLogger(PartPipeline.class);

    /** Parts of one upload that are in flight at once; more would let one client take everybody's memory. */
    private static final int MAX_PARTS_IN_FLIGHT = 4;

    /** How often a client whose upload waits for memory gets rid of a chunk all the same, where there is one to spare. */
    private static final Duration SLOW_CHUNK = Duration.ofSeconds(1);

    /** How long a writer that needs larger parts waits for them, holding nothing meanwhile. */
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

    /** Waits for a larger slot, or reads what is kept of a version, if anything does. */
    private @Nullable Future<?> awaited;

    /**
     * Begins an upload.
     *
     * @param slot enough memory for the first part; belongs to this from here on
     * @param notesParts whether the journal hears of each part
     */
    PartPipeline(
            ObjectKey key,
            UploadRequests requests,
            PartSizes sizes,
            RemoteUpload remote,
            WriteSlot slot,
            boolean notesParts) {
        this.key = key;
        this.requests = requests;
        this.sizes = sizes;
        this.remote = remote;
        this.memory = new PartMemory(slot);
        this.notesParts = notesParts;
    }

    /** Goes on behind what the store has of an interrupted upload. */
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

    /** What the store would keep of the upload if it ended now, in bytes. */
    synchronized long keptBytes() {
        return parts.keptBytes(size);
    }

    /** What it would keep if it got all parts that are on their way. */
    synchronized long mostKeptBytes() {
        return parts.mostKeptBytes(size);
    }

    /** What may follow what is written at {@link UploadState}. */
    private void become(UploadState next) {
        if (!state.canBecome(next)) {
            throw new IllegalStateException(key + ": " + state + " cannot become " + next);
        }
        state = next;
        notifyAll();
    }

    /** What has lost bytes cannot be completed any more. */
    private synchronized void fail(StoreException cause) {
        if (state instanceof UploadState.Open) {
            become(new UploadState.Broken(cause));
        } else if (state instanceof UploadState.Ending ending && ending.cause() == null) {
            become(new UploadState.Ending(cause));
        }
    }

    /** Fails if this takes no bytes any more: as the upload has failed, or as aborted. */
    synchronized void requireOpen() throws StoreException {
        Optional<StoreException> failure = state.failure();
        if (failure.isPresent()) {
            throw new StoreException(failure.get().failure(), failure.get().getMessage(), failure.get());
        }
        if (!(state instanceof UploadState.Open)) {
            throw new StoreException(Failure.ABORTED, "the upload of " + key + " has ended");
        }
    }

    /** Does something to an upload that takes bytes, or takes bytes itself: one that has lost any is broken. */
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
                fail(new StoreException(Failure.INTERNAL, "bytes of " + key + " could not be taken"));
            }
        }
    }

    /** Something that takes bytes, or asks for them. */
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

    /** Among many uploads parts are sent early: less is in flight in all, and each gets its turn again sooner. */
    private synchronized boolean isPartFull() {
        return filling.bytes() == partBytes()
                || (filling.bytes() >= sizes.leastBytes(parts.next()) && memory.isCrowded());
    }

    /**
     * Fills the part.
     *
     * @param newChunks the most chunks to take
     * @param early whether to stop where the part may be sent early
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

    /** Notes an upload in the journal that its owner can go on with: it takes longer than most. */
    synchronized void note() {
        if (state instanceof UploadState.Open) {
            remote.noteResumable();
        }
    }

    /** Hands the part that is being filled to the store, creating the multipart upload with the first one. */
    private synchronized void sendPart() throws StoreException {
        requireOpen();
        CompletableFuture<CreatedUpload> upload = created(1);
        PartBuffer.Filled part = filling.take();
        RequestBody body = RequestBody.of(part.chunks());
        WriteSlot lender = memory.slot();
        int number = parts.send(part.bytes(), part.crc());
        memory.forgetRoom();
        var _ = upload.thenCompose(created -> requests.uploadPart(key, created, number, body, part.crc())
                        .thenCompose(sent -> notesParts
                                ? requests.notePart(created, sent, part.crc())
                                : CompletableFuture.completedFuture(sent)))
                .whenComplete((sent, thrown) -> settle(number, sent, thrown, part, body, lender));
    }

    /** Creates the upload if need be, and sees to it that it has room for so many parts more. */
    private CompletableFuture<CreatedUpload> created(long more) throws StoreException {
        if (parts.count() + more > PartSizes.MAX_PARTS) {
            throw new StoreException(
                    Failure.TOO_LARGE,
                    key + ": more than the " + sizes.largestObject() + " bytes that 10,000 parts hold");
        }
        return remote.create();
    }

    /** Asks the store for one copy. */
    @FunctionalInterface
    interface Copy {
        /**
         * Asks for it, or does not, where it is of no use by then.
         *
         * @param index of the copy, from 0
         * @param unwanted asked when it is its turn
         */
        CompletableFuture<UploadedPart> ask(CreatedUpload upload, int partNumber, int index, BooleanSupplier unwanted);
    }

    /** Has the store copy a range, in parts of their own. The part that is being filled can be followed by others. */
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
        // The next part may be a larger one.
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

    /** Reads from the store. */
    @FunctionalInterface
    interface Read {
        /** Asks for so many bytes, and has {@link #receive} take them. */
        CompletableFuture<?> ask(long bytes);
    }

    /**
     * Begins to read into the part that is being filled; when that is full it is sent before. Blocks while the memory is in
     * use.
     *
     * @param most bytes
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

    /** A request for so many bytes; ended with the upload. */
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
            WriteSlot lender) {
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

    /** An upload that vanished is not a missing file to the client. */
    private static StoreException partFailed(@Nullable Throwable thrown, String what) {
        StoreException cause = StoreFailures.of(thrown == null ? new IllegalStateException("no part") : thrown, what);
        return cause.failure() == Failure.NOT_FOUND
                ? new StoreException(Failure.UNAVAILABLE, cause.getMessage(), cause)
                : cause;
    }

    /**
     * Waits until there is memory for the whole of the part that is being filled: more of it if that is to be had at once,
     * else one's own, when a part in flight has settled. That is the back-pressure; but a client that sees no progress at
     * all gives up, so what is spare meanwhile is handed out a chunk at a time.
     *
     * @return how many chunks may be taken now
     */
    private int awaitRoom() throws StoreException {
        WriteSlot smaller;
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
            // A larger part than the last one.
            smaller = memory.slot();
        }
        awaitLargerSlot(smaller, part);
        return Integer.MAX_VALUE;
    }

    /**
     * Queues for a whole part, holding nothing. Another thread does so, which the upload's end can interrupt: this one is the
     * caller's.
     */
    private void awaitLargerSlot(WriteSlot smaller, long part) throws StoreException {
        FutureTask<@Nullable Void> queueing;
        synchronized (this) {
            requireOpen();
            queueing = new FutureTask<>(() -> {
                WriteSlot larger = smaller.exchange(part, GROWTH_WAIT);
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

    @SuppressWarnings("WaitNotInLoop") // Both callers loop until what they wait for has happened.
    private void awaitSettlement(long nanos) throws StoreException {
        try {
            TimeUnit.NANOSECONDS.timedWait(this, nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Failure.ABORTED, "interrupted while sending " + key, e);
        }
    }

    /** Sends what is buffered of a multipart upload, and waits until the store has all of its parts. */
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
                // What is left has no memory, and may take the store long.
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
     * @param last what was not sent in parts: all bytes where there are none
     */
    record Completion(List<UploadedPart> parts, PartBuffer.Filled last, long bytes, int crc) {}

    /** Takes no more bytes; all parts are stored. */
    synchronized Completion complete() throws StoreException {
        requireOpen();
        become(new UploadState.Completing());
        return new Completion(parts.stored(), filling.take(), size, parts.crc());
    }

    /**
     * Ends a completion.
     *
     * @param stored whether the object is there
     * @param reusable whether nothing reads from the memory of what was completed any more
     */
    synchronized void completed(Completion completion, boolean stored, boolean reusable) {
        memory.close(completion.last().chunks(), reusable);
        if (stored) {
            remote.forget();
        }
        become(stored ? new UploadState.Stored() : new UploadState.Incomplete());
    }

    /** Takes nothing more, and gives the memory back. Returns false if this has ended already. */
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

    /** Ends the upload, unless it has ended: nothing of it is kept. Does not block. */
    synchronized void abort() {
        if (end(new UploadState.Aborted(state.failure().orElse(null)))) {
            giveUpIfAborted();
        }
    }

    /**
     * Ends the upload, unless it has ended, and keeps what the store has. Blocks until the parts on their way have settled.
     *
     * @param worthwhile whether so many bytes are worth keeping
     * @return whether something is kept
     */
    synchronized boolean suspend(LongPredicate worthwhile) throws StoreException {
        StoreException cause = state.failure().orElse(null);
        // Where even all parts that were sent would not be kept, copies that have yet to be made are of no use.
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
        become(kept ? new UploadState.Suspended() : new UploadState.Aborted(cause));
        giveUpIfAborted();
        return kept;
    }

    /** Aborts the multipart upload of a writer that has ended, once no part can arrive behind the abort. */
    private synchronized void giveUpIfAborted() {
        if (state instanceof UploadState.Aborted && parts.unsettled() == 0) {
            remote.giveUp();
        }
    }
}
