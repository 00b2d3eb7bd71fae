package dev.slipway.core.store.s3;

import dev.slipway.core.Failure;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteSlot;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Reads an object as a sequence of ranged GETs, each bound to the version by {@code If-Match}. The window of ranges asked
 * for ahead of the reader doubles while reading goes on, as far as spare memory allows, so that a short read costs little
 * and a long one is not held up by the round trip.
 */
final class RangedReader implements ObjectReader {
    static final int FIRST_RANGE_BYTES = 1 << 20;
    private static final int MAX_RANGE_BYTES = 8 << 20;
    private static final long MAX_WINDOW_BYTES = 32L << 20;

    private final S3AsyncClient client;
    private final ObjectKey key;
    private final WriteSlot slot;

    /** Null until the first answer, where the reader was not made for a version. */
    private @Nullable ObjectInfo version;

    private final ArrayDeque<Range> ranges = new ArrayDeque<>();
    private long end = Long.MAX_VALUE;
    private long position;
    private long requested;
    private long window = FIRST_RANGE_BYTES;
    private boolean closed;

    /**
     * @param slot at least {@link #FIRST_RANGE_BYTES} of memory; belongs to the reader from here on
     */
    RangedReader(S3AsyncClient client, ObjectInfo version, long offset, long end, WriteSlot slot) {
        this(client, version.key(), offset, slot);
        this.version = version;
        this.end = end;
    }

    /** As above, for the version that is found when the reader is opened, which has to be done before anything else. */
    RangedReader(S3AsyncClient client, ObjectKey key, long offset, WriteSlot slot) {
        this.client = client;
        this.key = key;
        this.slot = slot;
        this.position = offset;
        this.requested = offset;
    }

    /** What became of opening a reader. */
    enum Opening {
        OPEN,
        ABSENT,
        /** There is an object, but it has no byte at the offset. */
        OUT_OF_RANGE
    }

    /** Asks for the first bytes and for what they belong to. Blocks until the answer has begun. */
    synchronized Opening open() throws StoreException {
        Range range = new Range(position, FIRST_RANGE_BYTES);
        ranges.add(range);
        requested += range.length;
        range.send();
        awaitUntil(() -> version != null || range.failure != null);
        if (version != null) {
            return Opening.OPEN;
        }
        StoreException failure = range.failure;
        if (failure == null || failure.failure() == Failure.NOT_FOUND) {
            return Opening.ABSENT;
        }
        if (S3Failures.isOutOfRange(failure)) {
            return Opening.OUT_OF_RANGE;
        }
        throw failure;
    }

    private void awaitUntil(BooleanSupplier reached) throws StoreException {
        try {
            while (!reached.getAsBoolean()) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Failure.ABORTED, "GET " + key + ": interrupted", e);
        }
    }

    private ObjectInfo version() {
        if (version == null) {
            throw new IllegalStateException("GET " + key + ": the reader is not open");
        }
        return version;
    }

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
    public synchronized int read(ByteBuffer target) throws StoreException {
        if (!target.hasRemaining()) {
            return 0;
        }
        if (position >= end()) {
            return -1;
        }
        if (closed) {
            throw closedReader();
        }
        requestAhead();
        Range range = ranges.getFirst();
        awaitUntil(() -> closed || range.readable() > 0 || range.failure != null);
        if (closed) {
            throw closedReader();
        }
        if (range.readable() == 0 && range.failure != null) {
            throw range.failure;
        }
        int count = range.read(target);
        position += count;
        if (range.isConsumed()) {
            ranges.removeFirst();
            window = Math.min(MAX_WINDOW_BYTES, window * 2);
            requestAhead();
            slot.shrinkTo(
                    ranges.isEmpty()
                            ? FIRST_RANGE_BYTES
                            : ranges.stream().mapToLong(Range::untaken).sum());
        }
        return count;
    }

    private StoreException closedReader() {
        return new StoreException(Failure.ABORTED, "GET " + key + ": the reader was closed");
    }

    /** Asks for further ranges while the window and the memory allow; always for the one that is read next. */
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
            range.send();
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
        slot.close();
        notifyAll();
    }

    /** One ranged GET; all its fields are guarded by the reader. */
    private final class Range implements AsyncResponseTransformer<GetObjectResponse, Void> {
        private final long offset;

        /** What was asked for, and when the object's size is known, what of that there is. */
        private int length;

        private final List<ByteBuffer> chunks = new ArrayList<>();
        private int received;
        private int consumed;
        private int attemptReceived;
        private int attempts;
        private boolean cancelled;

        /** Whether the present attempt's answer is not what was asked for: some stores and proxies ignore ranges. */
        private boolean wrongBytes;

        /** Whether this finds the version, so that no attempt has an {@code If-Match}. */
        private boolean opens;

        /** Whether a repeated attempt without {@code If-Match} has met another version than the first. */
        private boolean replaced;

        private @Nullable StoreException failure;
        private @Nullable CompletableFuture<Void> request;
        private CompletableFuture<Void> attempt = new CompletableFuture<>();

        Range(long offset, int length) {
            this.offset = offset;
            this.length = length;
        }

        void send() {
            String what = "GET " + key + " bytes " + offset + "-" + (offset + length - 1);
            GetObjectRequest.Builder get = GetObjectRequest.builder()
                    .bucket(key.bucket())
                    .key(key.key())
                    .range("bytes=" + offset + "-" + (offset + length - 1));
            opens = version == null;
            if (version != null) {
                get.versionId(version.versionId());
                if (!version.etag().isEmpty()) {
                    get.ifMatch(version.etag());
                }
            }
            request = client.getObject(get.build(), this);
            var _ = request.whenComplete((_, thrown) -> {
                synchronized (RangedReader.this) {
                    if (thrown != null) {
                        StoreException cause = S3Failures.of(thrown, what);
                        // Gone since it was opened: for a reader in the middle that is a conflict, not a missing file.
                        failure = cause.failure() == Failure.NOT_FOUND && !(opens && version == null)
                                ? new StoreException(Failure.CONFLICT, cause.getMessage(), cause)
                                : cause;
                    } else if (replaced) {
                        failure = new StoreException(Failure.CONFLICT, what + ": it was replaced meanwhile");
                    } else if (wrongBytes || version == null) {
                        failure = new StoreException(Failure.INTEGRITY, what + ": the store sent other bytes");
                    } else if (received < length) {
                        failure = new StoreException(
                                Failure.INTEGRITY, what + ": the store sent only " + received + " bytes");
                    }
                    RangedReader.this.notifyAll();
                }
            });
        }

        int readable() {
            return received - consumed;
        }

        /** What of this range's reservation has not become chunks yet. */
        long untaken() {
            return wholeChunks(length) - (long) chunks.size() * PartPool.CHUNK_BYTES;
        }

        boolean isConsumed() {
            return consumed == length;
        }

        int read(ByteBuffer target) {
            int start = consumed;
            while (target.hasRemaining() && consumed < received) {
                ByteBuffer chunk = chunks.get(consumed / PartPool.CHUNK_BYTES);
                int from = consumed % PartPool.CHUNK_BYTES;
                int count = Math.min(Math.min(target.remaining(), received - consumed), PartPool.CHUNK_BYTES - from);
                target.put(target.position(), chunk, from, count);
                target.position(target.position() + count);
                consumed += count;
                if (consumed % PartPool.CHUNK_BYTES == 0 || consumed == length) {
                    slot.giveBack(chunk, true);
                }
            }
            return consumed - start;
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

        /** Takes bytes of the present attempt; a retry sends again what was received before, and that is skipped. */
        private void receive(ByteBuffer data) {
            int skip = Math.min(data.remaining(), Math.max(0, received - attemptReceived));
            data.position(data.position() + skip);
            attemptReceived += skip;
            while (data.hasRemaining() && !cancelled && received < length) {
                int at = received % PartPool.CHUNK_BYTES;
                if (at == 0) {
                    chunks.add(slot.take());
                }
                int count = Math.min(Math.min(data.remaining(), PartPool.CHUNK_BYTES - at), length - received);
                chunks.getLast().put(at, data, data.position(), count);
                data.position(data.position() + count);
                received += count;
                attemptReceived += count;
            }
        }

        @Override
        public CompletableFuture<Void> prepare() {
            synchronized (RangedReader.this) {
                attempt = new CompletableFuture<>();
                attempts++;
                attemptReceived = 0;
                return attempt;
            }
        }

        @Override
        public void onResponse(GetObjectResponse response) {
            synchronized (RangedReader.this) {
                String range = response.contentRange();
                wrongBytes = range == null ? offset > 0 : !range.startsWith("bytes " + offset + "-");
                if (wrongBytes) {
                    return;
                }
                if (version == null) {
                    bind(response);
                } else if (opens && !version.equals(described(response))) {
                    replaced = true;
                    wrongBytes = true;
                }
            }
        }

        /** Takes the version that this answer is of. */
        private void bind(GetObjectResponse response) {
            ObjectInfo described = described(response);
            if (described == null) {
                wrongBytes = true;
                return;
            }
            version = described;
            length = Math.toIntExact(Math.min(length, described.size() - offset));
            requested = offset + length;
            RangedReader.this.notifyAll();
        }

        private @Nullable ObjectInfo described(GetObjectResponse response) {
            OptionalLong size = size(response);
            return size.isEmpty()
                    ? null
                    : ObjectHeads.info(key, size.getAsLong(), response.eTag(), response.lastModified());
        }

        /** The size of the whole object: behind the slash of {@code Content-Range} (RFC 9110, section 14.4). */
        private static OptionalLong size(GetObjectResponse response) {
            String range = response.contentRange();
            if (range == null) {
                return response.contentLength() == null
                        ? OptionalLong.empty()
                        : OptionalLong.of(response.contentLength());
            }
            try {
                return OptionalLong.of(Long.parseLong(range.substring(range.indexOf('/') + 1)));
            } catch (NumberFormatException e) {
                return OptionalLong.empty();
            }
        }

        @Override
        public void onStream(SdkPublisher<ByteBuffer> publisher) {
            CompletableFuture<Void> done;
            int number;
            synchronized (RangedReader.this) {
                done = attempt;
                number = attempts;
            }
            publisher.subscribe(new Subscriber<>() {
                @Override
                public void onSubscribe(Subscription subscription) {
                    subscription.request(Long.MAX_VALUE);
                }

                @Override
                public void onNext(ByteBuffer data) {
                    synchronized (RangedReader.this) {
                        // What an attempt still delivers after the next one has begun would go to the wrong place.
                        if (number == attempts && !wrongBytes) {
                            receive(data);
                            RangedReader.this.notifyAll();
                        }
                    }
                }

                @Override
                public void onError(Throwable thrown) {
                    done.completeExceptionally(thrown);
                }

                @Override
                public void onComplete() {
                    done.complete(null);
                }
            });
        }

        @Override
        public void exceptionOccurred(Throwable thrown) {
            CompletableFuture<Void> failed;
            synchronized (RangedReader.this) {
                failed = attempt;
            }
            failed.completeExceptionally(thrown);
        }
    }
}
