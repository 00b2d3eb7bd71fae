package dev.slipway.core.store.s3;

import dev.slipway.core.Failure;
import dev.slipway.core.store.StoreException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Hands the bytes of a ranged GET on as they arrive, each once and in order, also where the SDK tries again: the request
 * must be bound to a version, so that a later attempt has the same bytes. Nothing is kept here.
 */
final class ReceivedRange implements AsyncResponseTransformer<GetObjectResponse, Void> {
    private final String what;
    private final long offset;
    private final long length;
    private final Consumer<ByteBuffer> target;
    private long received;
    private long attemptReceived;
    private int attempts;
    private boolean wrongBytes;
    private CompletableFuture<Void> attempt = new CompletableFuture<>();

    /**
     * @param what names the request in the message of a failure
     * @param length of the range, which the object has in full
     * @param target takes all remaining bytes of a buffer, on a thread of the network, and must not block
     */
    ReceivedRange(String what, long offset, long length, Consumer<ByteBuffer> target) {
        this.what = what;
        this.offset = offset;
        this.length = length;
        this.target = target;
    }

    @Override
    public synchronized CompletableFuture<Void> prepare() {
        attempt = new CompletableFuture<>();
        attempts++;
        attemptReceived = 0;
        return attempt;
    }

    @Override
    public synchronized void onResponse(GetObjectResponse response) {
        String range = response.contentRange();
        // Some stores and proxies ignore ranges.
        wrongBytes = range == null ? offset > 0 : !range.startsWith("bytes " + offset + "-");
    }

    private synchronized void receive(int number, ByteBuffer data) {
        // What an attempt still delivers after the next one has begun would go to the wrong place.
        if (number != attempts || wrongBytes) {
            return;
        }
        int skip = (int) Math.min(data.remaining(), Math.max(0, received - attemptReceived));
        data.position(data.position() + skip);
        attemptReceived += skip;
        int count = (int) Math.min(data.remaining(), length - received);
        if (count > 0) {
            target.accept(data.slice(data.position(), count));
            received += count;
            attemptReceived += count;
        }
    }

    private synchronized void finish(CompletableFuture<Void> done) {
        if (wrongBytes || received < length) {
            done.completeExceptionally(new StoreException(
                    Failure.INTEGRITY, what + ": the store sent other bytes, or only " + received + " of " + length));
        } else {
            done.complete(null);
        }
    }

    @Override
    public void onStream(SdkPublisher<ByteBuffer> publisher) {
        CompletableFuture<Void> done;
        int number;
        synchronized (this) {
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
                try {
                    receive(number, data);
                } catch (RuntimeException e) {
                    done.completeExceptionally(e);
                }
            }

            @Override
            public void onError(Throwable thrown) {
                done.completeExceptionally(thrown);
            }

            @Override
            public void onComplete() {
                finish(done);
            }
        });
    }

    @Override
    public synchronized void exceptionOccurred(Throwable thrown) {
        attempt.completeExceptionally(thrown);
    }
}
