package dev.slipway.core.s3;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The bytes of a request, sent directly from their buffers without a copy. A retry reads them again. The buffers belong
 * to the request until it has ended, and after that, too, unless {@link #wasReadOnce()}: a failed attempt may still be
 * reading them.
 */
public final class RequestBody {
    private final List<ByteBuffer> buffers;
    private final long bytes;
    private final AtomicInteger reads = new AtomicInteger();

    private RequestBody(List<ByteBuffer> buffers) {
        this.buffers = buffers.stream()
                .map(buffer -> buffer.slice().asReadOnlyBuffer())
                .toList();
        bytes = this.buffers.stream().mapToLong(ByteBuffer::remaining).sum();
    }

    /**
     * The bytes of several buffers.
     *
     * @param buffers read from position to limit, which do not change
     */
    public static RequestBody of(List<ByteBuffer> buffers) {
        return new RequestBody(buffers);
    }

    /** The bytes of an array, which is not copied. */
    public static RequestBody of(byte[] bytes) {
        return new RequestBody(List.of(ByteBuffer.wrap(bytes)));
    }

    /** No bytes. */
    public static RequestBody empty() {
        return new RequestBody(List.of());
    }

    /** The number of bytes. */
    public long bytes() {
        return bytes;
    }

    /** Views of the bytes, for an implementation that inspects them without sending them. */
    public List<ByteBuffer> views() {
        return buffers.stream().map(ByteBuffer::duplicate).toList();
    }

    /** Views of the bytes, for an attempt to send them. */
    public List<ByteBuffer> read() {
        reads.incrementAndGet();
        return views();
    }

    /** Whether at most one attempt has read the bytes, so that after success nothing can still be reading them. */
    public boolean wasReadOnce() {
        return reads.get() <= 1;
    }
}
