package dev.slipway.core.store.s3;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.s3.BodyReceiver;
import dev.slipway.core.s3.ByteRange;
import dev.slipway.core.s3.ObjectHead;
import dev.slipway.core.s3.S3Error;
import dev.slipway.core.s3.S3Exception;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Passes the bytes of a GET on as they arrive, each once and in order. If the SDK retries, bytes that were already
 * received are skipped. Nothing is stored or copied here.
 */
final class ReceivedBody implements AsyncResponseTransformer<GetObjectResponse, ObjectHead> {
    private final @Nullable ByteRange range;
    private final BodyReceiver receiver;

    @GuardedBy("this")
    private @Nullable ObjectHead head;

    @GuardedBy("this")
    private boolean wanted = true;

    @GuardedBy("this")
    private long received;

    @GuardedBy("this")
    private long attemptReceived;

    @GuardedBy("this")
    private int attempts;

    @GuardedBy("this")
    private @Nullable S3Exception wrong;

    /** Read without the lock: the thread that cancels may hold a lock that the receiver waits for. */
    private volatile CompletableFuture<ObjectHead> attempt = new CompletableFuture<>();

    ReceivedBody(@Nullable ByteRange range, BodyReceiver receiver) {
        this.range = range;
        this.receiver = receiver;
    }

    @Override
    public synchronized CompletableFuture<ObjectHead> prepare() {
        attempt = new CompletableFuture<>();
        attempts++;
        attemptReceived = 0;
        wrong = null;
        return attempt;
    }

    @Override
    public synchronized void onResponse(GetObjectResponse response) {
        String sent = response.contentRange();
        // Some stores and proxies ignore ranges.
        if (range != null && (sent == null ? range.offset() > 0 : !sent.startsWith("bytes " + range.offset() + "-"))) {
            wrong = S3Exception.of(S3Error.DAMAGED, "the store sent other bytes");
            return;
        }
        ObjectHead described = AwsAnswers.head(response);
        if (head == null) {
            head = described;
            wanted = receiver.begin(described);
        } else if (!AwsAnswers.isSameVersion(head, described)) {
            wrong = S3Exception.of(S3Error.PRECONDITION_FAILED, "it was replaced meanwhile");
        }
    }

    /** The total number of bytes to expect. */
    private long expected(ObjectHead known) {
        if (range == null) {
            return known.size();
        }
        return known.size() == ObjectHead.UNKNOWN
                ? range.length()
                : Math.min(range.length(), Math.max(0, known.size() - range.offset()));
    }

    private synchronized void receive(int number, ByteBuffer data) {
        // Ignore what an earlier attempt still delivers after the next one has begun.
        if (number != attempts || wrong != null || head == null) {
            return;
        }
        int skip = (int) Math.min(data.remaining(), Math.max(0, received - attemptReceived));
        data.position(data.position() + skip);
        attemptReceived += skip;
        int count = (int) Math.min(data.remaining(), expected(head) - received);
        if (count > 0) {
            received += count;
            attemptReceived += count;
            receiver.receive(count == data.remaining() ? data : data.slice(data.position(), count));
        }
    }

    private void finish(CompletableFuture<ObjectHead> done) {
        S3Exception failure;
        ObjectHead known;
        synchronized (this) {
            known = head;
            failure = wrong;
            if (failure == null && (known == null || (wanted && received < expected(known)))) {
                failure = S3Exception.of(S3Error.DAMAGED, "the store sent only " + received + " bytes");
            }
        }
        if (failure == null) {
            done.complete(known);
        } else {
            done.completeExceptionally(failure);
        }
    }

    @Override
    public void onStream(SdkPublisher<ByteBuffer> publisher) {
        CompletableFuture<ObjectHead> done;
        int number;
        boolean reading;
        synchronized (this) {
            done = attempt;
            number = attempts;
            reading = wanted;
        }
        publisher.subscribe(new Subscriber<>() {
            @Override
            public void onSubscribe(Subscription subscription) {
                if (reading) {
                    subscription.request(Long.MAX_VALUE);
                    return;
                }
                // Cancel instead, which closes the connection.
                subscription.cancel();
                finish(done);
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
    public void exceptionOccurred(Throwable thrown) {
        attempt.completeExceptionally(thrown);
    }
}
