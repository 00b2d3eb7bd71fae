package dev.slipway.core.store.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.store.Bytes;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** A new version of the SDK may place its codec elsewhere: nothing would fail, but downloads would cost a third more. */
@S3Store
class LargeReadsTest {
    private static final int PIECE_OF_THE_SDK = 8 * 1024;

    @Test
    void piecesAreLargerThanTheSdksOwn(S3Bucket bucket) {
        byte[] bytes = Bytes.random(1, 16 << 20);
        S3Settings settings = S3Settings.of(
                bucket.endpoint().uri(),
                bucket.endpoint().region(),
                new S3Settings.Credentials(
                        bucket.endpoint().accessKey(), bucket.endpoint().secretKey()));
        SdkEventLoopGroup loops =
                LargeReads.eventLoops(SdkEventLoopGroup.builder().numberOfThreads(1));
        List<Integer> pieces = new CopyOnWriteArrayList<>();
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        try (S3AsyncClient client = S3Clients.createForProbe(settings, loops, Duration.ofSeconds(60))) {
            client.putObject(request -> request.bucket(bucket.name()).key("file"), AsyncRequestBody.fromBytes(bytes))
                    .join();
            client.getObject(
                            request -> request.bucket(bucket.name()).key("file"),
                            AsyncResponseTransformer.toPublisher())
                    .join()
                    .subscribe(piece -> {
                        pieces.add(piece.remaining());
                        received.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
                    })
                    .join();
        } finally {
            var _ = loops.eventLoopGroup().shutdownGracefully();
        }

        assertThat(received.toByteArray()).isEqualTo(bytes);
        assertThat(pieces).anyMatch(piece -> piece > 2 * PIECE_OF_THE_SDK);
    }
}
