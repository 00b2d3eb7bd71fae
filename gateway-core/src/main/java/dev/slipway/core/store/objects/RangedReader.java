package dev.slipway.core.store.objects;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Failure;
import dev.slipway.core.s3.BodyReceiver;
import dev.slipway.core.s3.ByteRange;
import dev.slipway.core.s3.GetRequest;
import dev.slipway.core.s3.ObjectHead;
import dev.slipway.core.s3.S3Error;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.store.MemorySlot;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.requests.ObjectHeads;
import dev.slipway.core.store.requests.StoreFailures;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads an object as a sequence of ranged GETs, each bound to the version by {@code If-Match}. The window of ranges
 * requested ahead doubles while reading continues, as far as spare memory allows, so that a short read costs little and
 * a long one does not wait for round trips.
 */
final class RangedReader implements ObjectReader {
    static final int FIRST_RANGE_BYTES = 1 << 20;
    private static final int MAX_RANGE_BYTES = 8 << 20;
    private static final long MAX_WINDOW_BYTES = 32L << 20;

    /**
     * How long a reader waits for as many bytes as it asked for if fewer are there. The network delivers pieces of 8
     * KiB; waking the reader for each, which would then be sent on separately, costs more than the bytes do.
     */
    private static final long LINGER_NANOS = 20_000_000;

    private final S3Operations client;
    private final ObjectKey key;
    private final MemorySlot slot;

    /** Whether the slot is another's, who needs as much of it for the next reader as this got. */
    private final boolean borrowed;

    /** Null until the first answer, unless the reader was created for a version. */
    @GuardedBy("this")
    private @Nullable ObjectInfo version;

    @GuardedBy("this")
    private final ArrayDeque<Range> ranges = new ArrayDeque<>();

    @GuardedBy("this")
    private long end = Long.MAX_VALUE;

    @GuardedBy("this")
    private long position;

    @GuardedBy("this")
    private long requested;

    @GuardedBy("this")
    private long window = FIRST_RANGE_BYTES;

    @GuardedBy("this")
    private boolean closed;

    /** @param slot at least {@link #FIRST_RANGE_BYTES} of memory; owned by the reader from here on */
    RangedReader(S3Operations client, ObjectInfo version, long offset, long end, MemorySlot slot) {
        this(client, version.key(), offset, slot, false);
        this.version = version;
        this.end = end;
    }

    /**
     * Creates a reader of a whole version.
     *
     * @param slot at least {@link #FIRST_RANGE_BYTES} of memory; remains the caller's, and has as much after this was
     *     closed
     */
    static RangedReader borrowing(S3Operations client, ObjectInfo version, MemorySlot slot) {
        RangedReader reader = new RangedReader(client, version.key(), 0, slot, true);
        synchronized (reader) {
            reader.version = version;
            reader.end = version.size();
        }
        return reader;
    }

    /** Creates a reader that finds the version itself, by {@link #open}, which must be called first. */
    RangedReader(S3Operations client, ObjectKey key, long offset, MemorySlot slot) {
        this(client, key, offset, slot, false);
    }

    private RangedReader(S3Operations client, ObjectKey key, long offset, MemorySlot slot, boolean borrowed) {
        this.client = client;
        this.key = key;
        this.slot = slot;
        this.borrowed = borrowed;
        this.position = offset;
        this.requested = offset;
    }

    /** The result of opening a reader. */
    enum Opening {
        OPEN,
        ABSENT,
        /** The object exists, but ends before the offset. */
        OUT_OF_RANGE
    }

    /** Requests the first bytes and finds the version. Blocks until the answer begins. */
    synchronized Opening open() throws StoreException {
        Range range = new Range(position, FIRST_RANGE_BYTES);
        ranges.add(range);
        requested += range.length;
        range.send(version);
        awaitVersion(range);
        if (version != null) {
            return Opening.OPEN;
        }
        StoreException failure = range.failure;
        if (failure == null || failure.failure() == Failure.NOT_FOUND) {
            return Opening.ABSENT;
        }
        if (StoreFailures.is(failure, S3Error.INVALID_RANGE)) {
            return Opening.OUT_OF_RANGE;
        }
        throw failure;
    }

    @GuardedBy("this")
    private void awaitVersion(Range range) throws StoreException {
        try {
            while (version == null && range.failure == null) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Failure.ABORTED, "GET " + key + ": interrupted", e);
        }
    }

    @GuardedBy("this")
    private ObjectInfo version() {
        if (version == null) {
            throw new IllegalStateException("GET " + key + ": the reader is not open");
        }
        return version;
    }

    @GuardedBy("this")
    private long end() {
        return Math.min(end, version().size());
    }

    @Override
    public synchronized ObjectInfo info() {
        return version();
    }

    @Override
    public synchronized long position() {
        return position;
    }

    @Override
    public int read(ByteBuffer target) throws StoreException {
        if (!target.hasRemaining()) {
            return 0;
        }
        int start = target.position();
        Range range;
        List<ByteBuffer> bytes;
        synchronized (this) {
            if (position >= end()) {
                return -1;
            }
            if (closed) {
                throw closedReader();
            }
            requestAhead();
            range = ranges.getFirst();
            bytes = range.await(target.remaining());
        }
        // Copied without the lock, which the network's threads need to deliver more.
        bytes.forEach(target::put);
        synchronized (this) {
            if (closed) {
                // If the reader was closed meanwhile, the chunks may already belong to another reader.
                target.position(start);
                throw closedReader();
            }
            int count = target.position() - start;
            range.consume(count);
            position += count;
            if (range.isConsumed()) {
                ranges.removeFirst();
                window = Math.min(MAX_WINDOW_BYTES, window * 2);
                requestAhead();
                slot.shrinkTo(Math.max(
                        leastAvailable(),
                        ranges.isEmpty()
                                ? FIRST_RANGE_BYTES
                                : ranges.stream().mapToLong(Range::untaken).sum()));
            }
            return count;
        }
    }

    /** What must stay available of the slot, so that all of it is at least a first range. */
    private long leastAvailable() {
        long taken = slot.reservedBytes() - slot.availableBytes();
        return borrowed ? FIRST_RANGE_BYTES - taken : 0;
    }

    private StoreException closedReader() {
        return new StoreException(Failure.ABORTED, "GET " + key + ": the reader was closed");
    }

    /** Requests further ranges while the window and the memory allow; always the one that is read next. */
    @GuardedBy("this")
    private void requestAhead() {
        long size = end();
        while (!closed && requested < size && requested - position < window) {
            long wanted = Math.min(size - requested, Math.clamp(window / 2, FIRST_RANGE_BYTES, MAX_RANGE_BYTES));
            long spare = slot.availableBytes()
                    - ranges.stream().mapToLong(Range::untaken).sum();
            long missing = wholeChunks(wanted) - spare;
            if (missing > 0 && !slot.tryExtend(missing)) {
                if (!ranges.isEmpty()) {
                    return;
                }
                wanted = Math.min(wanted, spare);
            }
            Range range = new Range(requested, Math.toIntExact(wanted));
            ranges.add(range);
            requested += wanted;
            range.send(version);
        }
    }

    private static long wholeChunks(long bytes) {
        return (bytes + PartPool.CHUNK_BYTES - 1) / PartPool.CHUNK_BYTES * PartPool.CHUNK_BYTES;
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (Range range : ranges) {
            range.cancel();
        }
        ranges.clear();
        if (borrowed) {
            slot.shrinkTo(FIRST_RANGE_BYTES);
        } else {
            slot.close();
        }
        notifyAll();
    }

    synchronized boolean isClosed() {
        return closed;
    }

    /**
     * One ranged GET. All fields are guarded by the reader; callers of the methods hold its lock, which the compiler
     * cannot check for fields of an inner class.
     */
    private final class Range implements BodyReceiver {
        private final long offset;

        /** The requested bytes; once the object's size is known, those of them that exist. */
        private int length;

        private final List<ByteBuffer> chunks = new ArrayList<>();

        private int received;

        private int consumed;

        /** How many bytes must have arrived to wake the reader, while it waits for this range. */
        private int awaited = Integer.MAX_VALUE;

        private boolean cancelled;

        /** Whether this finds the version, so that its request has no {@code If-Match}. */
        private boolean opens;

        private @Nullable StoreException failure;

        private @Nullable CompletableFuture<ObjectHead> request;

        Range(long offset, int length) {
            this.offset = offset;
            this.length = length;
        }

        /** @param known the version to read; null to find it */
        void send(@Nullable ObjectInfo known) {
            String what = "GET " + key + " bytes " + offset + "-" + (offset + length - 1);
            GetRequest get = GetRequest.of(key).withRange(new ByteRange(offset, length));
            opens = known == null;
            if (known != null) {
                get = get.withVersion(known.versionId()).withMatch(known.etag().isEmpty() ? null : known.etag());
            }
            request = client.get(get, this);
            var _ = request.whenComplete((_, thrown) -> {
                synchronized (RangedReader.this) {
                    if (thrown != null) {
                        StoreException cause = StoreFailures.of(thrown, what);
                        // Deleted since it was opened: in the middle of a read that is a conflict, not a missing file.
                        failure = cause.failure() == Failure.NOT_FOUND && !(opens && version == null)
                                ? new StoreException(Failure.CONFLICT, cause.getMessage(), cause)
                                : cause;
                    } else if (version == null) {
                        failure = new StoreException(
                                Failure.INTEGRITY, what + ": the answer does not identify the object");
                    } else if (received < length) {
                        failure = new StoreException(
                                Failure.INTEGRITY, what + ": the store sent only " + received + " bytes");
                    }
                    RangedReader.this.notifyAll();
                }
            });
        }

        /** The part of this range's reservation that has not been taken as chunks yet. */
        long untaken() {
            return wholeChunks(length) - (long) chunks.size() * PartPool.CHUNK_BYTES;
        }

        boolean isConsumed() {
            return consumed == length;
        }

        /**
         * Waits for the given number of bytes or the rest of the range. If at least one byte is there, waits no longer
         * than {@link #LINGER_NANOS}.
         *
         * @return at least one byte and at most as many as wanted; the range owns them until they are consumed
         */
        List<ByteBuffer> await(int wanted) throws StoreException {
            awaited = consumed + Math.min(wanted, length - consumed);
            long deadline = System.nanoTime() + LINGER_NANOS;
            try {
                while (!cancelled && failure == null && received < awaited) {
                    long patience = deadline - System.nanoTime();
                    if (patience > 0) {
                        RangedReader.this.wait(TimeUnit.NANOSECONDS.toMillis(patience) + 1);
                    } else if (awaited > consumed + 1) {
                        awaited = consumed + 1;
                    } else {
                        RangedReader.this.wait();
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StoreException(Failure.ABORTED, "GET " + key + ": interrupted", e);
            } finally {
                awaited = Integer.MAX_VALUE;
            }
            if (cancelled) {
                throw closedReader();
            }
            int count = Math.min(wanted, received - consumed);
            if (count == 0 && failure != null) {
                throw failure;
            }
            return slices(consumed, count);
        }

        private List<ByteBuffer> slices(int from, int count) {
            List<ByteBuffer> slices = new ArrayList<>();
            int until = from + count;
            for (int at = from; at < until; ) {
                int offsetInChunk = at % PartPool.CHUNK_BYTES;
                int taken = Math.min(until - at, PartPool.CHUNK_BYTES - offsetInChunk);
                slices.add(chunks.get(at / PartPool.CHUNK_BYTES).slice(offsetInChunk, taken));
                at += taken;
            }
            return slices;
        }

        /** Returns the chunks that were read completely. */
        void consume(int count) {
            int before = consumed / PartPool.CHUNK_BYTES;
            consumed += count;
            int after = isConsumed() ? chunks.size() : consumed / PartPool.CHUNK_BYTES;
            for (int i = before; i < after; i++) {
                slot.giveBack(chunks.get(i), true);
            }
        }

        void cancel() {
            cancelled = true;
            if (request != null) {
                request.cancel(true);
            }
            for (int i = consumed / PartPool.CHUNK_BYTES; i < chunks.size() && consumed < length; i++) {
                slot.giveBack(chunks.get(i), true);
            }
        }

        @Override
        public boolean begin(ObjectHead head) {
            synchronized (RangedReader.this) {
                if (version == null) {
                    if (head.size() == ObjectHead.UNKNOWN) {
                        return false;
                    }
                    version = ObjectHeads.info(key, null, head);
                    length = Math.toIntExact(Math.min(length, head.size() - offset));
                    requested = offset + length;
                    RangedReader.this.notifyAll();
                }
                return true;
            }
        }

        @Override
        public void receive(ByteBuffer data) {
            synchronized (RangedReader.this) {
                while (data.hasRemaining() && !cancelled && received < length) {
                    int at = received % PartPool.CHUNK_BYTES;
                    if (at == 0) {
                        chunks.add(slot.take());
                    }
                    int count = Math.min(Math.min(data.remaining(), PartPool.CHUNK_BYTES - at), length - received);
                    chunks.getLast().put(at, data, data.position(), count);
                    data.position(data.position() + count);
                    received += count;
                }
                if (received >= awaited) {
                    RangedReader.this.notifyAll();
                }
            }
        }
    }
}
