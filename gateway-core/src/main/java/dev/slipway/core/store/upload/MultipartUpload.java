package dev.slipway.core.store.upload;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.ObjectHead;
import dev.slipway.core.s3.RequestBody;
import dev.slipway.core.s3.S3Error;
import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.store.BaseVersion;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.SuspendedUpload;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.store.WriteSlot;
import dev.slipway.core.store.requests.StoreFailures;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one object: with a single PUT if it fits in one part, otherwise as a multipart upload whose parts are sent while
 * later bytes arrive. The bytes are copied once, into the chunks that the request body then reads from.
 *
 * <p>All fields are guarded by this object's monitor, which is never held while waiting for the store.
 */
public final class MultipartUpload implements ObjectWriter {
    private static final Logger log = LoggerFactory.getLogger(MultipartUpload.class);

    /** Parts of one upload that are in flight at once; more would let one client take everybody's memory. */
    private static final int MAX_PARTS_IN_FLIGHT = 4;

    /** How often a client whose upload waits for memory gets rid of a chunk all the same, where there is one to spare. */
    private static final Duration SLOW_CHUNK = Duration.ofSeconds(1);

    /** How long a writer that needs larger parts waits for them, holding nothing meanwhile. */
    private static final Duration GROWTH_WAIT = Duration.ofSeconds(30);

    private final ObjectKey key;
    private final UploadRequests requests;
    private final PartSizes sizes;
    private final UploadOwner owner;

    /** The smallest parts that the store is asked to copy, where there is enough to copy. */
    private final long copyBytes;

    private final RemoteUpload remote;
    private final PartBuffer filling = new PartBuffer();
    private final SentParts parts = new SentParts();
    private final CopyQueue copies = new CopyQueue();
    private final PartMemory memory;
    private UploadState state = new UploadState.Open();
    private long size;

    /** Waits for a larger slot, or reads what is kept of a version, if anything does. */
    private @Nullable Future<?> awaited;

    /** Whether anything was written that is not the version's. */
    private boolean changed;

    /** Whether all of the version that this changes comes first, so that what is written is behind its end. */
    private boolean appends;

    /** Writes a new object. */
    public MultipartUpload(
            ObjectKey key,
            ObjectAttributes attributes,
            UploadOwner owner,
            UploadRequests requests,
            PartSizes sizes,
            WriteSlot slot) {
        this(key, attributes, owner, null, requests, sizes, 0, slot);
    }

    private MultipartUpload(
            ObjectKey key,
            ObjectAttributes attributes,
            UploadOwner owner,
            @Nullable KeptAttributes kept,
            UploadRequests requests,
            PartSizes sizes,
            long copyBytes,
            WriteSlot slot) {
        this.key = key;
        this.owner = owner;
        this.requests = requests;
        this.sizes = sizes;
        this.copyBytes = copyBytes;
        this.remote = new RemoteUpload(key, requests, owner, attributes, kept);
        this.memory = new PartMemory(slot);
        BaseVersion base = owner.base();
        this.appends = base == null || base.bytes() == 0;
    }

    /**
     * Changes a version.
     *
     * @param owner with the version as its base
     * @param kept how it is stored
     * @param copyBytes the smallest parts that the store is asked to copy, where there is enough to copy
     */
    public static MultipartUpload changing(
            ObjectKey key,
            UploadOwner owner,
            KeptAttributes kept,
            UploadRequests requests,
            PartSizes sizes,
            long copyBytes,
            WriteSlot slot) {
        return new MultipartUpload(key, ObjectAttributes.NONE, owner, kept, requests, sizes, copyBytes, slot);
    }

    /**
     * Goes on with an upload.
     *
     * @param known the upload that the store has, or null if it has none
     * @param parts what it keeps of it
     */
    public static MultipartUpload resumed(
            SuspendedUpload suspended,
            @Nullable CreatedUpload known,
            StoredParts parts,
            UploadRequests requests,
            PartSizes sizes,
            WriteSlot slot) {
        MultipartUpload resumed =
                new MultipartUpload(suspended.key(), ObjectAttributes.NONE, suspended.owner(), requests, sizes, slot);
        resumed.continueAfter(suspended.id(), known, parts.parts());
        return resumed;
    }

    private synchronized void continueAfter(String row, @Nullable CreatedUpload known, List<StoredPart> before) {
        remote.resume(row, known);
        parts.takeOver(before);
        size = parts.start();
        appends = true;
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

    private void requireOpen() throws StoreException {
        Optional<StoreException> failure = state.failure();
        if (failure.isPresent()) {
            throw new StoreException(failure.get().failure(), failure.get().getMessage(), failure.get());
        }
        if (!(state instanceof UploadState.Open)) {
            throw new StoreException(Failure.ABORTED, "the upload of " + key + " has ended");
        }
    }

    /** Notes the upload in the journal, if it can be gone on with and is not noted yet: it takes longer than most. */
    public synchronized void note() {
        if (isResumable() && state instanceof UploadState.Open && !remote.isNoted()) {
            var _ = remote.noted(true);
        }
    }

    /** Something that takes bytes, or asks for them. */
    @FunctionalInterface
    private interface Step {
        void run() throws StoreException;
    }

    /** Takes bytes; an upload that has lost any is broken. */
    private void take(Step step) throws StoreException {
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

    @Override
    public void write(ByteBuffer data) throws StoreException {
        take(() -> {
            while (data.hasRemaining()) {
                if (isPartFull()) {
                    sendPart();
                }
                fillByClient(data, awaitRoom());
            }
        });
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

    private synchronized void fillByClient(ByteBuffer data, int newChunks) throws StoreException {
        changed = true;
        fill(data, newChunks, true);
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
                        .thenCompose(sent -> owner.resumable()
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
        return remote.create(isResumable());
    }

    @Override
    public void keep(long end) throws StoreException {
        BaseVersion base = owner.base();
        if (base == null || end > base.bytes()) {
            throw new IllegalArgumentException("there are no bytes up to " + end + " to keep");
        }
        take(() -> {
            synchronized (this) {
                appends |= !changed && end == base.bytes();
            }
            long at = size();
            while (at < end) {
                long count = sizes.bytesToRead(filled(), end - at, base.bytes());
                if (count > 0) {
                    read(base, at, count);
                } else {
                    copy(base, at, end);
                }
                at = size();
            }
        });
    }

    private synchronized long filled() {
        return filling.bytes();
    }

    /** Has the store copy what it can of a range, in parts of their own. The part that is being filled can be followed by others. */
    private synchronized void copy(BaseVersion base, long from, long end) throws StoreException {
        requireOpen();
        if (!filling.isEmpty()) {
            sendPart();
        }
        PartSizes.Copies wanted = sizes.copies(end - from, copyBytes);
        CompletableFuture<CreatedUpload> created = created(wanted.count());
        for (int i = 0; i < wanted.count(); i++) {
            long begin = from + wanted.offset(i);
            long behind = from + wanted.offset(i + 1);
            int number = parts.copy(behind - begin);
            copies.add(() -> {
                var _ = created.thenCompose(
                                known -> requests.copyPart(key, known, number, base, begin, behind, this::isOver))
                        .whenComplete((part, thrown) -> settleCopy(number, part, thrown));
            });
        }
        size += wanted.bytes();
        // The next part may be a larger one.
        memory.forgetRoom();
        queueCopies();
    }

    /** Asks for as many copies as one upload may ask for; drops the rest where they are of no use any more. */
    private synchronized void queueCopies() {
        if (state.isOver()) {
            parts.copied(copies.clear());
        }
        copies.run();
    }

    private synchronized boolean isOver() {
        return state.isOver();
    }

    private void settleCopy(int number, @Nullable UploadedPart part, @Nullable Throwable thrown) {
        synchronized (this) {
            parts.copied(1);
            copies.ended();
            if (part != null) {
                parts.stored(part);
            } else {
                fail(copyFailed(thrown == null ? new IllegalStateException("no part") : thrown, number));
            }
            queueCopies();
            notifyAll();
        }
        giveUpIfAborted();
    }

    private StoreException copyFailed(Throwable thrown, int number) {
        String what = "COPY of part " + number + " of " + key;
        StoreException cause = StoreFailures.of(thrown, what);
        if (cause.failure() == Failure.NOT_FOUND) {
            // Either the upload has vanished, or the version whose bytes are kept.
            return new StoreException(
                    StoreFailures.is(cause, S3Error.NO_SUCH_UPLOAD) ? Failure.UNAVAILABLE : Failure.CONFLICT,
                    cause.getMessage(),
                    cause);
        }
        return StoreFailures.isRefusal(thrown)
                ? new StoreException(
                        Failure.UNSUPPORTED, "the store does not copy bytes of objects: " + cause.getMessage(), cause)
                : cause;
    }

    /** Reads bytes of a version into the part that is being filled, and into further ones. */
    private void read(BaseVersion base, long from, long count) throws StoreException {
        long at = from;
        while (at < from + count) {
            synchronized (this) {
                if (filling.bytes() == partBytes()) {
                    sendPart();
                }
            }
            int newChunks = awaitRoom();
            CompletableFuture<ObjectHead> request;
            long step;
            synchronized (this) {
                requireOpen();
                step = Math.min(from + count - at, room(newChunks));
                request = requests.read(key, base, at, step, this::fillByStore);
                awaited = request;
            }
            try {
                var _ = StoreFailures.await(request, "GET " + key);
            } catch (StoreException e) {
                synchronized (this) {
                    requireOpen();
                }
                // The version is gone: for what keeps its bytes that is a conflict.
                throw e.failure() == Failure.NOT_FOUND ? new StoreException(Failure.CONFLICT, e.getMessage(), e) : e;
            }
            at += step;
        }
    }

    /** How many bytes the part that is being filled takes with so many more chunks. */
    private long room(int newChunks) {
        long inChunks = filling.chunkBytes() - filling.bytes() + (long) newChunks * PartPool.CHUNK_BYTES;
        return Math.min(partBytes() - filling.bytes(), inChunks);
    }

    private void fillByStore(ByteBuffer data) {
        try {
            fill(data, Integer.MAX_VALUE, false);
        } catch (StoreException e) {
            throw new CompletionException(e);
        }
    }

    private void settle(
            int number,
            @Nullable UploadedPart sent,
            @Nullable Throwable thrown,
            PartBuffer.Filled part,
            RequestBody body,
            WriteSlot lender) {
        synchronized (this) {
            boolean reusable = thrown == null && body.wasReadOnce();
            for (ByteBuffer chunk : part.chunks()) {
                lender.giveBack(chunk, reusable);
            }
            parts.sent();
            if (sent != null) {
                parts.stored(sent);
            } else {
                StoreException cause = StoreFailures.of(
                        thrown == null ? new IllegalStateException("no part") : thrown,
                        "part " + number + " of " + key);
                // An upload that vanished is not a missing file to the client.
                fail(
                        cause.failure() == Failure.NOT_FOUND
                                ? new StoreException(Failure.UNAVAILABLE, cause.getMessage(), cause)
                                : cause);
            }
            if (state instanceof UploadState.Open || state instanceof UploadState.Broken) {
                memory.shrink(lender, partBytes(), filling.chunkBytes(), parts.sending());
            }
            notifyAll();
        }
        giveUpIfAborted();
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

    /** Queues for a whole part, holding nothing. Another thread does so, which {@link #close} can interrupt: this one is the caller's. */
    private void awaitLargerSlot(WriteSlot smaller, long part) throws StoreException {
        FutureTask<@Nullable Void> queueing;
        synchronized (this) {
            requireOpen();
            queueing = new FutureTask<>(() -> {
                WriteSlot larger = smaller.exchange(part, GROWTH_WAIT);
                synchronized (MultipartUpload.this) {
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

    @Override
    public synchronized long size() {
        return size;
    }

    @Override
    public synchronized Optional<Failure> failure() {
        return state.failure().map(StoreException::failure);
    }

    @Override
    public synchronized void attributes(ObjectAttributes attributes) {
        remote.attributes(attributes);
    }

    @Override
    public synchronized void awaitParts() throws StoreException {
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

    @Override
    public String complete(WriteCondition condition) throws StoreException {
        awaitParts();
        Optional<CompletableFuture<CreatedUpload>> created;
        Optional<CompletableFuture<String>> row;
        PartBuffer.Filled last;
        List<UploadedPart> stored;
        long bytes;
        int crc;
        synchronized (this) {
            requireOpen();
            become(new UploadState.Completing());
            created = remote.created();
            row = remote.row();
            stored = parts.stored();
            bytes = size;
            crc = parts.crc();
            last = filling.take();
        }
        RequestBody body = RequestBody.of(last.chunks());
        boolean done = false;
        try {
            String etag = created.isEmpty()
                    ? requests.put(key, remote.attributes(), remote.kept(), body, last.crc(), condition)
                    : requests.complete(key, created.get().join(), stored, bytes, crc, condition);
            done = true;
            if (created.isEmpty()) {
                row.ifPresent(this::forget);
            }
            return etag;
        } finally {
            synchronized (this) {
                memory.close(last.chunks(), done && body.wasReadOnce());
                if (done) {
                    remote.forget();
                }
                become(done ? new UploadState.Stored() : new UploadState.Incomplete());
            }
        }
    }

    /** Before success is reported: a row that stayed would tell the account that the file was cut off. */
    private void forget(CompletableFuture<String> row) {
        try {
            requests.forget(row.join());
        } catch (RuntimeException e) {
            log.warn("{} is stored, but its row in the journal could not be removed", key, e);
        }
    }

    /** Takes nothing more, and gives the memory back. Returns false if this has ended already. */
    private synchronized boolean end(UploadState next) {
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

    @Override
    public void close() {
        boolean ended;
        synchronized (this) {
            ended = end(new UploadState.Aborted(state.failure().orElse(null)));
        }
        if (ended) {
            giveUpIfAborted();
        }
    }

    @Override
    public void suspend(@Nullable Instant modified) throws StoreException {
        if (!isResumable()) {
            close();
            return;
        }
        Optional<CompletableFuture<CreatedUpload>> created;
        CompletableFuture<String> row;
        long bytes;
        synchronized (this) {
            StoreException cause = state.failure().orElse(null);
            // Where even all parts that were sent would not be kept, copies that have yet to be made are of no use.
            boolean worthwhile = isMoreThanBase(parts.mostKeptBytes(size));
            if (!end(worthwhile ? new UploadState.Ending(cause) : new UploadState.Aborted(cause))) {
                return;
            }
            while (worthwhile && parts.unsettled() > 0) {
                awaitSettlement(Long.MAX_VALUE);
            }
            bytes = parts.keptBytes(size);
            if (worthwhile) {
                // Without, the version as it is says all that there is to go on behind.
                become(isMoreThanBase(bytes) ? new UploadState.Suspended() : new UploadState.Aborted(cause));
            }
            created = remote.created();
            row = state instanceof UploadState.Suspended ? remote.noted(true) : CompletableFuture.completedFuture("");
        }
        if (!isSuspended()) {
            giveUpIfAborted();
            return;
        }
        try {
            String id = created.isPresent() && created.get().isCompletedExceptionally()
                    // That row is for the sweeper to find out what became of it.
                    ? requests.note(key, owner).join()
                    : row.join();
            requests.suspend(id, bytes, modified);
        } catch (CompletionException e) {
            throw StoreFailures.of(e, "the journal of " + key);
        }
    }

    /** Whether there is more than the version that is changed. */
    private boolean isMoreThanBase(long bytes) {
        BaseVersion base = owner.base();
        return base == null || bytes > base.bytes();
    }

    private synchronized boolean isSuspended() {
        return state instanceof UploadState.Suspended;
    }

    @Override
    public synchronized boolean isResumable() {
        return owner.resumable() && appends;
    }

    @Override
    public synchronized long keptBytes() {
        return parts.keptBytes(size);
    }

    /** Aborts the multipart upload of a writer that has ended, once no part can arrive behind the abort. */
    private synchronized void giveUpIfAborted() {
        if (state instanceof UploadState.Aborted && parts.unsettled() == 0) {
            remote.giveUp();
        }
    }
}
