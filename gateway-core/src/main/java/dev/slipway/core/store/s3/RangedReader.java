package dev.slipway.core.store.s3;

import dev.slipway.core.Failure;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteSlot;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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
    private final ObjectInfo version;
    private final WriteSlot slot;
    private final ArrayDeque<Range> ranges = new ArrayDeque<>();
    private long position;
    private long requested;
    private long window = FIRST_RANGE_BYTES;
    private boolean closed;

    /**
     * @param slot at least {@link #FIRST_RANGE_BYTES} of memory; belongs to the reader from here on
     */
    RangedReader(S3AsyncClient client, ObjectInfo version, long offset, WriteSlot slot) {
        this.client = client;
        this.version = version;
        this.slot = slot;
        this.position = offset;
        this.requested = offset;
    }

    @Override
    public ObjectInfo info() {
        return version;
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
        if (position >= version.size()) {
            return -1;
        }
        if (closed) {
            throw new StoreException(Failure.ABORTED, "GET " + version.key() + ": the reader was closed");
        }
        requestAhead();
        Range range = ranges.getFirst();
        while (range.readable() == 0) {
            if (closed) {
                throw new StoreException(Failure.ABORTED, "GET " + version.key() + ": the reader was closed");
            }
            if (range.failure != null) {
                throw range.failure;
            }
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StoreException(Failure.ABORTED, "GET " + version.key() + ": interrupted", e);
            }
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

    /** Asks for further ranges while the window and the memory allow; always for the one that is read next. */
    private void requestAhead() {
        while (!closed && requested < version.size() && requested - position < window) {
            long wanted =
                    Math.min(version.size() - requested, Math.clamp(window / 2, FIRST_RANGE_BYTES, MAX_RANGE_BYTES));
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
        private final int length;
        private final List<ByteBuffer> chunks = new ArrayList<>();
        private int received;
        private int consumed;
        private int attemptReceived;
        private int attempts;
        private boolean cancelled;

        /** Whether the present attempt's answer is not what was asked for: some stores and proxies ignore ranges. */
        private boolean wrongBytes;

        private @Nullable StoreException failure;
        private @Nullable CompletableFuture<Void> request;
        private CompletableFuture<Void> attempt = new CompletableFuture<>();

        Range(long offset, int length) {
            this.offset = offset;
            this.length = length;
        }

        void send() {
            String what = "GET " + version.key() + " bytes " + offset + "-" + (offset + length - 1);
            GetObjectRequest.Builder get = GetObjectRequest.builder()
                    .bucket(version.key().bucket())
                    .key(version.key().key())
                    .range("bytes=" + offset + "-" + (offset + length - 1));
            if (!version.etag().isEmpty()) {
                get.ifMatch(version.etag());
            }
            request = client.getObject(get.build(), this);
            var _ = request.whenComplete((_, thrown) -> {
                synchronized (RangedReader.this) {
                    if (thrown != null) {
                        StoreException cause = S3Failures.of(thrown, what);
                        // Gone since it was opened: for a reader in the middle that is a conflict, not a missing file.
                        failure = cause.failure() == Failure.NOT_FOUND
                                ? new StoreException(Failure.CONFLICT, cause.getMessage(), cause)
                                : cause;
                    } else if (wrongBytes) {
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
