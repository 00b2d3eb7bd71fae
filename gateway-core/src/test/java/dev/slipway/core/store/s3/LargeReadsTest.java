package dev.slipway.core.store.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.store.Bytes;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.services.s3.S3AsyncClient;

@S3Store
class LargeReadsTest {
    private static final int PIECE_OF_THE_SDK = 8 * 1024;

    private final S3Bucket bucket;
    private final SdkEventLoopGroup loops =
            LargeReads.eventLoops(SdkEventLoopGroup.builder().numberOfThreads(1));
    private final S3AsyncClient client;

    LargeReadsTest(S3Bucket bucket) {
        this.bucket = bucket;
        S3Settings settings = TestStore.settings(bucket.endpoint()).build();
        client = S3Clients.createForInspection(S3Access.of(settings), loops, Duration.ofSeconds(60), new StoreClock());
    }

    @AfterEach
    void close() {
        client.close();
        var _ = loops.eventLoopGroup().shutdownGracefully();
    }

    private CompletableFuture<?> put(String key, byte[] bytes) {
        return client.putObject(request -> request.bucket(bucket.name()).key(key), AsyncRequestBody.fromBytes(bytes));
    }

    /** If a new version of the SDK places its codec elsewhere, nothing fails, but downloads cost more. */
    @Test
    void piecesAreLargerThanTheSdksOwn() {
        byte[] bytes = Bytes.random(1, 16 << 20);
        put("file", bytes).join();
        List<Integer> pieces = new CopyOnWriteArrayList<>();
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        client.getObject(request -> request.bucket(bucket.name()).key("file"), AsyncResponseTransformer.toPublisher())
                .join()
                .subscribe(piece -> {
                    pieces.add(piece.remaining());
                    received.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
                })
                .join();

        assertThat(received.toByteArray()).isEqualTo(bytes);
        assertThat(pieces).anyMatch(piece -> piece > 2 * PIECE_OF_THE_SDK);
    }

    /** Requests that wait for a connection are written as soon as there is one. */
    @Test
    void theFirstRequestOfEachConnectionIsAnswered() {
        List<CompletableFuture<?>> requests = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            requests.add(put("file " + i, Bytes.random(i, 100_000)));
        }
        requests.forEach(CompletableFuture::join);
        requests.clear();
        for (int i = 0; i < 40; i++) {
            String key = "file " + i % 20;
            requests.add(
                    client.headObject(request -> request.bucket(bucket.name()).key(key)));
        }
        requests.forEach(CompletableFuture::join);
    }
}
