package dev.slipway.core.store.objects;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.ObjectHead;
import dev.slipway.core.s3.RequestBody;
import dev.slipway.core.s3.S3Error;
import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.store.BaseVersion;
import dev.slipway.core.store.Crc32;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.SuspendedUpload;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.store.WriteSlot;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one object: with a single PUT if it fits in one part, otherwise as a multipart upload whose parts are sent while
 * later bytes arrive. The bytes are copied once, into the chunks that the request body then reads from.
 *
 * <p>All fields are guarded by this object's monitor, which is never held while waiting for the store.
 */
final class MultipartUpload implements ObjectWriter {
    private static final Logger log = LoggerFactory.getLogger(MultipartUpload.class);

    /** Parts of one upload that are in flight at once; more would let one client take everybody's memory. */
    private static final int MAX_PARTS_IN_FLIGHT = 4;

    /** Copies of one upload that wait for their turn at the store or have it: between them others get theirs. */
    private static final int MAX_COPIES_QUEUED = 8;

    /** How often a client whose upload waits for memory gets rid of a chunk all the same, where there is one to spare. */
    private static final Duration SLOW_CHUNK = Duration.ofSeconds(1);

    /** How long a writer that needs larger parts waits for them, holding nothing meanwhile. */
    private static final Duration GROWTH_WAIT = Duration.ofSeconds(30);

    /** The store's side of this upload. */
    interface Requests {
        /** Notes an upload in the journal. Returns the row. */
        CompletableFuture<String> note(ObjectKey key, UploadOwner owner);

        /** Forgets a row that was noted and of which the store has nothing. Blocks. */
        void forget(String row);

        /** Does so in the background. */
        void forgetLater(CompletableFuture<String> row);

        /** Notes that the upload of a row was cut off. */
        void suspend(String row, long bytes, @Nullable Instant modified);

        /** Creates a multipart upload; if that fails, its row in the journal is left to the sweeper. */
        CompletableFuture<CreatedUpload> create(
                ObjectKey key,
                ObjectAttributes attributes,
                @Nullable KeptAttributes kept,
                CompletableFuture<String> row);

        CompletableFuture<UploadedPart> uploadPart(
                ObjectKey key, CreatedUpload upload, int partNumber, RequestBody body, long bytes, int crc);

        /**
         * Has the store copy bytes of a version of the same object.
         *
         * @param to the offset behind the last byte
         * @param unwanted asked when it is its turn
         */
        CompletableFuture<UploadedPart> copyPart(
                ObjectKey key,
                CreatedUpload upload,
                int partNumber,
                BaseVersion base,
                long from,
                long to,
                BooleanSupplier unwanted);

        /**
         * Reads bytes of a version; the target takes all of them, each once and in order, and must not block.
         *
         * @param length at least 1
         */
        CompletableFuture<ObjectHead> read(
                ObjectKey key, BaseVersion base, long offset, long length, Consumer<ByteBuffer> target);

        /** Notes the checksum of a part that the store has, for whoever goes on with the upload; returns the part. */
        CompletableFuture<UploadedPart> notePart(CreatedUpload upload, UploadedPart part, int crc);

        /** Returns the entity tag. */
        String complete(
                ObjectKey key,
                CreatedUpload upload,
                List<UploadedPart> parts,
                long bytes,
                int crc,
                WriteCondition condition)
                throws StoreException;

        /** Returns the entity tag. */
        String put(
                ObjectKey key,
                ObjectAttributes attributes,
                @Nullable KeptAttributes kept,
                RequestBody body,
                long bytes,
                int crc,
                WriteCondition condition)
                throws StoreException;

        /** Aborts in the background. */
        void abort(ObjectKey key, CreatedUpload upload);
    }

    /**
     * A multipart upload that the store knows.
     *
     * @param uploadId the store's name for it
     * @param journalId its row in the journal
     * @param wholeObjectChecksum whether the store verifies a CRC-32 of the whole object
     * @param copies whether parts of it may be copies, so that none of them has a checksum that the store keeps
     */
    record CreatedUpload(String uploadId, String journalId, boolean wholeObjectChecksum, boolean copies) {}

    /**
     * A part that the store has.
     *
     * @param part how the store knows it
     * @param bytes its size
     * @param crc its CRC-32; 0 where it is not known
     */
    record StoredPart(UploadedPart part, long bytes, int crc) {}

    private enum State {
        OPEN,
        COMPLETING,
        /** It was not completed, and nobody has said yet what is to become of it. */
        FAILED,
        ENDED
    }

    private final ObjectKey key;
    private final Requests requests;
    private final PartSizes sizes;
    private final UploadOwner owner;

    /** How the version is stored that this changes; null where it changes none, or the store has been told already. */
    private final @Nullable KeptAttributes kept;

    /** The smallest parts that the store is asked to copy, where there is enough to copy. */
    private final long copyBytes;

    private final TreeMap<Integer, UploadedPart> completed = new TreeMap<>();

    /** The sizes of all parts that were sent, the first one's first. */
    private final List<Long> partBytes = new ArrayList<>();

    private final CRC32 crc = new CRC32();
    private ObjectAttributes attributes;
    private WriteSlot slot;
    private State state = State.OPEN;
    private @Nullable StoreException failure;
    private @Nullable CompletableFuture<CreatedUpload> upload;

    /** The upload's row in the journal, once there is one. */
    private @Nullable CompletableFuture<String> row;

    /** Whether what the store has is kept when this has ended. */
    private boolean suspended;

    private int partsInFlight;

    /** Parts that the store copies, or has yet to be asked to: they have no memory. */
    private int copiesInFlight;

    /** Those of them that are queued for the store, or being made. */
    private int copiesQueued;

    /** What queues the others, in order. */
    private final ArrayDeque<Runnable> laterCopies = new ArrayDeque<>();

    private int partNumber = 1;
    private List<ByteBuffer> chunks = new ArrayList<>();
    private long partFill;

    /** Whether the part that is being filled has all its memory reserved. */
    private boolean hasRoom = true;

    /** Waits for a larger slot, if anything does. */
    private @Nullable Future<?> admission;

    /** Reads what is kept of a version, if anything does. */
    private @Nullable Future<?> reading;

    private long size;

    /** The bytes that were there when this went on with an upload. */
    private long start;

    private int wholeCrc;

    /** Whether anything was written that is not the version's. */
    private boolean changed;

    /** Whether all of the version that this changes comes first, so that what is written is behind its end. */
    private boolean appends;

    MultipartUpload(
            ObjectKey key,
            ObjectAttributes attributes,
            UploadOwner owner,
            Requests requests,
            PartSizes sizes,
            WriteSlot slot) {
        this(key, attributes, owner, null, requests, sizes, ServerSideCopies.PART_BYTES, slot);
    }

    private MultipartUpload(
            ObjectKey key,
            ObjectAttributes attributes,
            UploadOwner owner,
            @Nullable KeptAttributes kept,
            Requests requests,
            PartSizes sizes,
            long copyBytes,
            WriteSlot slot) {
        this.key = key;
        this.attributes = attributes;
        this.owner = owner;
        this.kept = kept;
        this.requests = requests;
        this.sizes = sizes;
        this.copyBytes = copyBytes;
        this.slot = slot;
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
    static MultipartUpload changing(
            ObjectKey key,
            UploadOwner owner,
            KeptAttributes kept,
            Requests requests,
            PartSizes sizes,
            long copyBytes,
            WriteSlot slot) {
        return new MultipartUpload(key, ObjectAttributes.NONE, owner, kept, requests, sizes, copyBytes, slot);
    }

    /**
     * Goes on with an upload.
     *
     * @param known the upload that the store has, or null if it has none
     * @param parts what it keeps of it, in order
     */
    static MultipartUpload resumed(
            SuspendedUpload suspended,
            @Nullable CreatedUpload known,
            List<StoredPart> parts,
            Requests requests,
            PartSizes sizes,
            WriteSlot slot) {
        MultipartUpload resumed =
                new MultipartUpload(suspended.key(), ObjectAttributes.NONE, suspended.owner(), requests, sizes, slot);
        resumed.continueAfter(suspended.id(), known, parts);
        return resumed;
    }

    private synchronized void continueAfter(String journalId, @Nullable CreatedUpload known, List<StoredPart> parts) {
        row = CompletableFuture.completedFuture(journalId);
        upload = known == null ? null : CompletableFuture.completedFuture(known);
        for (StoredPart part : parts) {
            completed.put(partNumber, part.part());
            partBytes.add(part.bytes());
            wholeCrc = Crc32.combine(wholeCrc, part.crc(), part.bytes());
            size += part.bytes();
            partNumber++;
        }
        start = size;
        appends = true;
    }

    /** Notes the upload in the journal, if it can be gone on with and is not noted yet: it takes longer than most. */
    synchronized void note() {
        if (isResumable() && state == State.OPEN && row == null) {
            var _ = noted();
        }
    }

    private synchronized CompletableFuture<String> noted() {
        CompletableFuture<String> known = row;
        if (known == null) {
            known = requests.note(key, isResumable() ? owner : owner.withoutResume());
            row = known;
        }
        return known;
    }

    @Override
    public void write(ByteBuffer data) throws StoreException {
        boolean taken = false;
        try {
            while (data.hasRemaining()) {
                if (partIsFull()) {
                    sendPart();
                }
                fillByClient(data, awaitRoom());
            }
            taken = true;
        } catch (StoreException e) {
            fail(e);
            throw e;
        } finally {
            if (!taken) {
                fail(new StoreException(Failure.INTERNAL, "a write to " + key + " had failed"));
            }
        }
    }

    /** What has lost bytes cannot be completed any more. */
    private synchronized void fail(StoreException cause) {
        if (failure == null) {
            failure = cause;
        }
    }

    /** Among many uploads parts are sent early: less is in flight in all, and each gets its turn again sooner. */
    private synchronized boolean partIsFull() {
        return partFill == sizes.bytes(partNumber) || (partFill >= sizes.leastBytes(partNumber) && slot.isCrowded());
    }

    private synchronized void fillByClient(ByteBuffer data, int newChunks) throws StoreException {
        changed = true;
        fill(data, newChunks, true);
    }

    /**
     * @param newChunks the most chunks to take
     * @param early whether to stop where the part may be sent early
     */
    private synchronized void fill(ByteBuffer data, int newChunks, boolean early) throws StoreException {
        checkOpen();
        int chunksLeft = newChunks;
        long room = sizes.bytes(partNumber) - partFill;
        while (data.hasRemaining() && room > 0) {
            int at = (int) (partFill % PartPool.CHUNK_BYTES);
            if (at == 0) {
                if (chunksLeft == 0 || (early && partIsFull())) {
                    return;
                }
                chunksLeft--;
                if (!chunks.isEmpty()) {
                    note();
                }
                chunks.add(slot.take());
            }
            ByteBuffer chunk = chunks.getLast();
            int count = (int) Math.min(Math.min(data.remaining(), chunk.capacity() - at), room);
            ByteBuffer slice = data.slice(data.position(), count);
            crc.update(slice.duplicate());
            chunk.put(at, slice, 0, count);
            data.position(data.position() + count);
            partFill += count;
            size += count;
            room -= count;
        }
    }

    /** Hands the part that is being filled to the store, creating the multipart upload with the first one. */
    private synchronized void sendPart() throws StoreException {
        checkOpen();
        CompletableFuture<CreatedUpload> upload = created(1);
        int number = partNumber;
        long bytes = partFill;
        int partCrc = (int) crc.getValue();
        List<ByteBuffer> sent = takePart();
        RequestBody body = RequestBody.of(sent);
        WriteSlot lender = slot;
        wholeCrc = Crc32.combine(wholeCrc, partCrc, bytes);
        partBytes.add(bytes);
        partNumber++;
        partsInFlight++;
        hasRoom = false;
        var _ = upload.thenCompose(created -> requests.uploadPart(key, created, number, body, bytes, partCrc)
                        .thenCompose(part -> owner.resumable()
                                ? requests.notePart(created, part, partCrc)
                                : CompletableFuture.completedFuture(part)))
                .whenComplete((part, thrown) -> settle(number, part, thrown, sent, body, lender));
    }

    /** Creates the upload if need be, and sees to it that it has room for so many parts more. */
    private CompletableFuture<CreatedUpload> created(long parts) throws StoreException {
        if (partNumber + parts - 1 > PartSizes.MAX_PARTS) {
            throw new StoreException(
                    Failure.TOO_LARGE,
                    key + ": more than the " + sizes.largestObject() + " bytes that 10,000 parts hold");
        }
        CompletableFuture<CreatedUpload> known = upload;
        if (known == null) {
            known = requests.create(key, attributes, kept, noted());
            upload = known;
        }
        return known;
    }

    /** Takes the chunks of the part being filled, ready to be read, and leaves an empty part. */
    private List<ByteBuffer> takePart() {
        List<ByteBuffer> taken = chunks;
        for (ByteBuffer chunk : taken) {
            chunk.clear();
        }
        if (!taken.isEmpty()) {
            long rest = partFill - (taken.size() - 1L) * PartPool.CHUNK_BYTES;
            taken.getLast().limit((int) rest);
        }
        chunks = new ArrayList<>();
        partFill = 0;
        crc.reset();
        return taken;
    }

    @Override
    public void keep(long end) throws StoreException {
        BaseVersion base = owner.base();
        if (base == null || end > base.bytes()) {
            throw new IllegalArgumentException("there are no bytes up to " + end + " to keep");
        }
        boolean taken = false;
        try {
            synchronized (this) {
                appends |= !changed && end == base.bytes();
            }
            long at = size();
            while (at < end) {
                long count = sizes.bytesToRead(fill(), end - at, base.bytes());
                if (count > 0) {
                    read(base, at, count);
                } else {
                    copy(base, at, end);
                }
                at = size();
            }
            taken = true;
        } catch (StoreException e) {
            fail(e);
            throw e;
        } finally {
            if (!taken) {
                fail(new StoreException(Failure.INTERNAL, "bytes of " + key + " could not be kept"));
            }
        }
    }

    private synchronized long fill() {
        return partFill;
    }

    /** Has the store copy what it can of a range, in parts of their own. The part that is being filled can be followed by others. */
    private synchronized void copy(BaseVersion base, long from, long end) throws StoreException {
        checkOpen();
        if (partFill > 0) {
            sendPart();
        }
        PartSizes.Copies copies = sizes.copies(end - from, copyBytes);
        CompletableFuture<CreatedUpload> created = created(copies.count());
        for (int i = 0; i < copies.count(); i++) {
            int number = partNumber;
            long begin = from + copies.offset(i);
            long behind = from + copies.offset(i + 1);
            partBytes.add(behind - begin);
            partNumber++;
            copiesInFlight++;
            laterCopies.add(() -> {
                var _ = created.thenCompose(
                                known -> requests.copyPart(key, known, number, base, begin, behind, this::isOver))
                        .whenComplete((part, thrown) -> settleCopy(number, part, thrown));
            });
        }
        size += copies.bytes();
        // The next part may be a larger one.
        hasRoom = false;
        queueCopies();
    }

    /** Queues as many copies as one upload may have in the queue; drops the rest where they are of no use any more. */
    private synchronized void queueCopies() {
        while (copiesQueued < MAX_COPIES_QUEUED && !laterCopies.isEmpty()) {
            if (isOver()) {
                copiesInFlight -= laterCopies.size();
                laterCopies.clear();
                return;
            }
            copiesQueued++;
            laterCopies.remove().run();
        }
    }

    /** Whether copies that have yet to be made are of no use any more. */
    private synchronized boolean isOver() {
        return failure != null || (state == State.ENDED && !suspended);
    }

    private void settleCopy(int number, @Nullable UploadedPart part, @Nullable Throwable thrown) {
        synchronized (this) {
            copiesInFlight--;
            copiesQueued--;
            if (part != null) {
                completed.put(number, part);
            } else if (failure == null) {
                failure = copyFailed(thrown == null ? new IllegalStateException("no part") : thrown, number);
            }
            queueCopies();
            notifyAll();
        }
        abortIfOver();
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
                if (partFill == sizes.bytes(partNumber)) {
                    sendPart();
                }
            }
            int newChunks = awaitRoom();
            CompletableFuture<ObjectHead> request;
            long step;
            synchronized (this) {
                checkOpen();
                step = Math.min(from + count - at, room(newChunks));
                request = requests.read(key, base, at, step, this::fillByStore);
                reading = request;
            }
            try {
                StoreFailures.await(request, "GET " + key);
            } catch (StoreException e) {
                synchronized (this) {
                    checkOpen();
                }
                // The version is gone: for what keeps its bytes that is a conflict.
                throw e.failure() == Failure.NOT_FOUND ? new StoreException(Failure.CONFLICT, e.getMessage(), e) : e;
            }
            at += step;
        }
    }

    /** How many bytes the part that is being filled takes with so many more chunks. */
    private long room(int newChunks) {
        long rest = sizes.bytes(partNumber) - partFill;
        long inChunks = Math.floorMod(-partFill, (long) PartPool.CHUNK_BYTES) + (long) newChunks * PartPool.CHUNK_BYTES;
        return Math.min(rest, inChunks);
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
            @Nullable UploadedPart part,
            @Nullable Throwable thrown,
            List<ByteBuffer> sent,
            RequestBody body,
            WriteSlot lender) {
        synchronized (this) {
            boolean reusable = thrown == null && body.wasReadOnce();
            for (ByteBuffer chunk : sent) {
                lender.giveBack(chunk, reusable);
            }
            partsInFlight--;
            if (part != null) {
                completed.put(number, part);
            } else if (failure == null) {
                StoreException cause = StoreFailures.of(
                        thrown == null ? new IllegalStateException("no part") : thrown,
                        "part " + number + " of " + key);
                // An upload that vanished is not a missing file to the client.
                failure = cause.failure() == Failure.NOT_FOUND
                        ? new StoreException(Failure.UNAVAILABLE, cause.getMessage(), cause)
                        : cause;
            }
            if (state == State.OPEN) {
                lender.shrinkTo(ownNeed(lender));
            }
            notifyAll();
        }
        abortIfOver();
    }

    /**
     * What this upload keeps available when a part has settled. While others wait, one part at a time must do: what comes
     * back beyond it is theirs.
     */
    private long ownNeed(WriteSlot lender) {
        long part = sizes.bytes(partNumber);
        if (!hasRoom && partsInFlight > 0 && lender.isContended()) {
            return Math.max(0, part - (lender.reservedBytes() - lender.availableBytes()));
        }
        return part - chunks.size() * (long) PartPool.CHUNK_BYTES;
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
        synchronized (this) {
            checkOpen();
            if (hasRoom) {
                return Integer.MAX_VALUE;
            }
            if (partFill % PartPool.CHUNK_BYTES != 0) {
                return 0;
            }
            long part = sizes.bytes(partNumber);
            long deadline = System.nanoTime() + SLOW_CHUNK.toNanos();
            while (true) {
                checkOpen();
                long missing = part - chunks.size() * (long) PartPool.CHUNK_BYTES - slot.availableBytes();
                if (missing <= 0 || (partsInFlight < MAX_PARTS_IN_FLIGHT && slot.tryExtend(missing))) {
                    hasRoom = true;
                    return Integer.MAX_VALUE;
                }
                if (partsInFlight == 0) {
                    break;
                }
                long left = deadline - System.nanoTime();
                // Only where the reservation holds a part: the rest of it is then sure to come back.
                if (left <= 0 && slot.reservedBytes() >= part && slot.availableBytes() > 0) {
                    return 1;
                }
                awaitSettlement(Math.max(left, SLOW_CHUNK.toNanos() / 4));
            }
            // A larger part than the last one.
            smaller = slot;
        }
        awaitLargerSlot(smaller);
        return Integer.MAX_VALUE;
    }

    /** Queues for a whole part, holding nothing. Another thread does so, which {@link #close} can interrupt: this one is the caller's. */
    private void awaitLargerSlot(WriteSlot smaller) throws StoreException {
        FutureTask<@Nullable Void> queueing;
        synchronized (this) {
            checkOpen();
            long bytes = sizes.bytes(partNumber);
            queueing = new FutureTask<>(() -> {
                WriteSlot larger = smaller.exchange(bytes, GROWTH_WAIT);
                synchronized (MultipartUpload.this) {
                    slot = larger;
                    hasRoom = true;
                    if (state == State.ENDED) {
                        larger.close();
                    }
                }
                return null;
            });
            admission = queueing;
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
            checkOpen();
        }
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

    private void checkOpen() throws StoreException {
        if (failure != null) {
            throw new StoreException(failure.failure(), failure.getMessage(), failure);
        }
        if (state != State.OPEN) {
            throw new StoreException(Failure.ABORTED, "the upload of " + key + " has ended");
        }
    }

    @Override
    public synchronized long size() {
        return size;
    }

    @Override
    public synchronized Optional<Failure> failure() {
        return Optional.ofNullable(failure).map(StoreException::failure);
    }

    @Override
    public synchronized void attributes(ObjectAttributes attributes) {
        if (upload == null) {
            this.attributes = attributes;
        }
    }

    @Override
    public synchronized void awaitParts() throws StoreException {
        checkOpen();
        if (upload == null) {
            return;
        }
        if (partFill > 0) {
            sendPart();
        }
        while (partsInFlight + copiesInFlight > 0) {
            checkOpen();
            if (partsInFlight == 0) {
                // What is left has no memory, and may take the store long. Whoever writes more asks for a part's again.
                slot.shrinkTo(0);
                hasRoom = false;
            }
            awaitSettlement(Long.MAX_VALUE);
        }
        checkOpen();
        if (completed.size() != partNumber - 1) {
            throw new StoreException(
                    Failure.INTERNAL, key + ": " + completed.size() + " of " + (partNumber - 1) + " parts are stored");
        }
    }

    @Override
    public String complete(WriteCondition condition) throws StoreException {
        awaitParts();
        CompletableFuture<CreatedUpload> created;
        CompletableFuture<String> noted;
        List<UploadedPart> parts;
        List<ByteBuffer> sent;
        long bytes;
        int wholeObject;
        synchronized (this) {
            checkOpen();
            state = State.COMPLETING;
            created = upload;
            noted = row;
            parts = List.copyOf(completed.values());
            bytes = size;
            wholeObject = created == null ? (int) crc.getValue() : wholeCrc;
            sent = takePart();
        }
        RequestBody body = RequestBody.of(sent);
        boolean stored = false;
        try {
            String etag = created == null
                    ? requests.put(key, attributes, kept, body, bytes, wholeObject, condition)
                    : requests.complete(key, created.join(), parts, bytes, wholeObject, condition);
            stored = true;
            if (created == null && noted != null) {
                forget(noted);
            }
            return etag;
        } finally {
            synchronized (this) {
                for (ByteBuffer chunk : sent) {
                    slot.giveBack(chunk, stored && body.wasReadOnce());
                }
                if (stored) {
                    upload = null;
                    row = null;
                }
                state = stored ? State.ENDED : State.FAILED;
                slot.close();
                notifyAll();
            }
        }
    }

    /** Before success is reported: a row that stayed would tell the account that the file was cut off. */
    private void forget(CompletableFuture<String> noted) {
        try {
            requests.forget(noted.join());
        } catch (RuntimeException e) {
            log.warn("{} is stored, but its row in the journal could not be removed", key, e);
        }
    }

    /** Gives the memory back. Returns false if this has ended already. */
    private synchronized boolean end() {
        if (state != State.OPEN && state != State.FAILED) {
            return false;
        }
        state = State.ENDED;
        for (ByteBuffer chunk : chunks) {
            slot.giveBack(chunk, true);
        }
        chunks = new ArrayList<>();
        slot.close();
        if (admission != null) {
            admission.cancel(true);
        }
        if (reading != null) {
            reading.cancel(true);
        }
        notifyAll();
        return true;
    }

    @Override
    public void close() {
        if (end()) {
            abortIfOver();
        }
    }

    @Override
    public void suspend(@Nullable Instant modified) throws StoreException {
        if (!isResumable()) {
            close();
            return;
        }
        BaseVersion base = owner.base();
        CompletableFuture<CreatedUpload> created;
        CompletableFuture<String> noted;
        long bytes;
        synchronized (this) {
            if (state == State.ENDED || state == State.COMPLETING) {
                return;
            }
            // Where even all parts that were sent would not be kept, copies that have yet to be made are of no use.
            suspended = base == null || keptBytes(partBytes.size()) > base.bytes();
            var _ = end();
            while (suspended && partsInFlight + copiesInFlight > 0) {
                awaitSettlement(Long.MAX_VALUE);
            }
            bytes = keptBytes();
            // Of what was added the store has nothing: the version as it is says all that there is to go on behind.
            suspended = base == null || bytes > base.bytes();
            created = upload;
            noted = suspended ? noted() : CompletableFuture.completedFuture("");
        }
        if (!suspended) {
            abortIfOver();
            return;
        }
        try {
            String id = created != null && created.isCompletedExceptionally()
                    // That row is for the sweeper to find out what became of it.
                    ? requests.note(key, owner).join()
                    : noted.join();
            requests.suspend(id, bytes, modified);
        } catch (CompletionException e) {
            throw StoreFailures.of(e, "the journal of " + key);
        }
    }

    @Override
    public synchronized boolean isResumable() {
        return owner.resumable() && appends;
    }

    @Override
    public synchronized long keptBytes() {
        int parts = 0;
        while (completed.containsKey(parts + 1)) {
            parts++;
        }
        return keptBytes(parts);
    }

    /** What is kept if the store has the first so many parts. */
    private long keptBytes(int parts) {
        long kept = 0;
        for (int i = 0; i < parts; i++) {
            kept += partBytes.get(i);
        }
        // Of what was there before, it is known that the client had sent more.
        return kept == size && kept > start ? kept - partBytes.get(parts - 1) : kept;
    }

    /** Aborts the multipart upload of a writer that has ended, once no part can arrive behind the abort. */
    private void abortIfOver() {
        CompletableFuture<CreatedUpload> created;
        synchronized (this) {
            if (state != State.ENDED || partsInFlight + copiesInFlight > 0 || suspended) {
                return;
            }
            created = upload;
            upload = null;
            if (created == null) {
                CompletableFuture<String> noted = row;
                row = null;
                if (noted != null) {
                    requests.forgetLater(noted);
                }
                return;
            }
            row = null;
        }
        var _ = created.whenComplete((known, thrown) -> {
            if (known != null) {
                requests.abort(key, known);
            } else {
                log.debug("No multipart upload of {} to abort: it was never created", key, thrown);
            }
        });
    }
}
