package dev.slipway.core.store.s3;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.reactivestreams.Subscriber;
import software.amazon.awssdk.core.async.AsyncRequestBody;

/** A replayable request body over chunks, which knows how often it was read: a retry reads it again. */
final class TrackedBody implements AsyncRequestBody {
    private final AsyncRequestBody body;
    private final ByteBuffer[] views;
    private final AtomicInteger subscriptions = new AtomicInteger();

    /**
     * @param chunks read from 0 to their limit and not copied; they belong to the request until it has succeeded after
     *     having been read once
     */
    TrackedBody(List<ByteBuffer> chunks) {
        views = new ByteBuffer[chunks.size()];
        for (int i = 0; i < views.length; i++) {
            views[i] = chunks.get(i).asReadOnlyBuffer();
        }
        body = views.length == 0 ? AsyncRequestBody.empty() : AsyncRequestBody.fromRemainingByteBuffersUnsafe(views);
    }

    /** The MD5 of the bytes as HTTP's {@code Content-MD5} has it, in Base64. */
    String md5() {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has MD5", e);
        }
        for (ByteBuffer view : views) {
            digest.update(view.duplicate());
        }
        return Base64.getEncoder().encodeToString(digest.digest());
    }

    /** Whether the body was sent just once, so that after success nothing can still be reading from the chunks. */
    boolean wasSentOnce() {
        return subscriptions.get() <= 1;
    }

    @Override
    public Optional<Long> contentLength() {
        return body.contentLength();
    }

    @Override
    public String contentType() {
        return body.contentType();
    }

    @Override
    public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
        subscriptions.incrementAndGet();
        body.subscribe(subscriber);
    }
}
