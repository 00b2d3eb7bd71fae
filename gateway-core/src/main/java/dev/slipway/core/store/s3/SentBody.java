package dev.slipway.core.store.s3;

import dev.slipway.core.s3.RequestBody;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.reactivestreams.Subscriber;
import software.amazon.awssdk.core.async.AsyncRequestBody;

/** A body as the SDK sends it: directly from its buffers. Each attempt reads it once. */
final class SentBody implements AsyncRequestBody {
    private final RequestBody body;

    SentBody(RequestBody body) {
        this.body = body;
    }

    @Override
    public Optional<Long> contentLength() {
        return Optional.of(body.bytes());
    }

    @Override
    public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
        ByteBuffer[] views = body.read().toArray(ByteBuffer[]::new);
        AsyncRequestBody sent =
                views.length == 0 ? AsyncRequestBody.empty() : AsyncRequestBody.fromRemainingByteBuffersUnsafe(views);
        sent.subscribe(subscriber);
    }
}
