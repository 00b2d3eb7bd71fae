package dev.slipway.app.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Endpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.Part;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The embedded store is killed with SIGKILL, and restarts. */
@Timeout(Patience.TEST_SECONDS)
class EmbeddedS3CrashTest {
    private static final String BUCKET = "files";
    private static final int SENT = 2 * 1024 * 1024;

    @TempDir
    private Path data;

    private Process process;
    private S3AsyncClient client;

    @BeforeEach
    void launch() throws IOException {
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        // Halves the time of the start.
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        EmbeddedS3Process.class.getName(),
                        data.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        client = new S3Endpoint("s3proxy", URI.create(output.readLine()), "us-east-1", "key", "secret").newClient();
    }

    private void kill(CompletableFuture<?>... underWay) throws Exception {
        process.destroyForcibly();
        assertThat(process.waitFor(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
        // Otherwise closing the client would wait for their time-outs.
        Stream.of(underWay).forEach(call -> call.cancel(true));
        client.close();
    }

    @AfterEach
    void stop() throws Exception {
        kill();
    }

    @Test
    void confirmedUploadsSurviveAKill() throws Exception {
        client.createBucket(r -> r.bucket(BUCKET)).join();
        client.putObject(
                        r -> r.bucket(BUCKET).key("dir/small").metadata(Map.of("mtime", "5")),
                        AsyncRequestBody.fromString("kept"))
                .join();
        byte[] part = new byte[5 * 1024 * 1024];
        String done = begin("dir/large", Map.of("mtime", "6"));
        uploadPart("dir/large", done, 1, part);
        uploadPart("dir/large", done, 2, new byte[7]);
        complete("dir/large", done);
        String pending = begin("dir/pending", Map.of("mtime", "8"));
        uploadPart("dir/pending", pending, 1, part);

        kill();
        launch();

        assertThat(keys()).containsExactly("dir/large", "dir/small");
        assertThat(get("dir/small")).asString(StandardCharsets.UTF_8).isEqualTo("kept");
        assertThat(metadata("dir/small")).isEqualTo(Map.of("mtime", "5"));
        assertThat(get("dir/large")).hasSize(part.length + 7);
        assertThat(metadata("dir/large")).isEqualTo(Map.of("mtime", "6"));
        // A multipart upload continues where it was.
        uploadPart("dir/pending", pending, 2, new byte[9]);
        complete("dir/pending", pending);
        assertThat(get("dir/pending")).hasSize(part.length + 9);
        assertThat(metadata("dir/pending")).isEqualTo(Map.of("mtime", "8"));
    }

    @Test
    void unconfirmedUploadsLeaveNothingBehind() throws Exception {
        client.createBucket(r -> r.bucket(BUCKET)).join();
        client.putObject(r -> r.bucket(BUCKET).key("old"), AsyncRequestBody.fromString("old"))
                .join();
        String upload = begin("dir/parts", Map.of());
        CompletableFuture<?> put = client.putObject(r -> r.bucket(BUCKET).key("new/object"), new StallingBody());
        CompletableFuture<?> overwrite = client.putObject(r -> r.bucket(BUCKET).key("old"), new StallingBody());
        CompletableFuture<?> uploadPart = client.uploadPart(
                r -> r.bucket(BUCKET).key("dir/parts").uploadId(upload).partNumber(1), new StallingBody());
        awaitUnfinishedFiles(3);
        assertThat(keys()).as("while it is being written").containsExactly("old");

        assertThat(List.of(put, overwrite, uploadPart))
                .allSatisfy(call -> assertThat(call).isNotDone());

        kill(put, overwrite, uploadPart);
        launch();

        assertThat(keys()).containsExactly("old");
        assertThat(get("old")).asString(StandardCharsets.UTF_8).isEqualTo("old");
        assertThat(client.listObjectsV2(r -> r.bucket(BUCKET).delimiter("/"))
                        .join()
                        .commonPrefixes())
                .as("directories without objects")
                .isEmpty();
        assertThat(unfinishedFiles()).isEmpty();
        // The upload itself can still be resumed.
        assertThat(uploads()).containsExactly(upload);
    }

    private String begin(String key, Map<String, String> metadata) {
        return client.createMultipartUpload(r -> r.bucket(BUCKET).key(key).metadata(metadata))
                .join()
                .uploadId();
    }

    private void uploadPart(String key, String upload, int number, byte[] content) {
        client.uploadPart(
                        r -> r.bucket(BUCKET).key(key).uploadId(upload).partNumber(number),
                        AsyncRequestBody.fromBytes(content))
                .join();
    }

    private void complete(String key, String upload) {
        List<Part> parts = client.listParts(r -> r.bucket(BUCKET).key(key).uploadId(upload))
                .join()
                .parts();
        client.completeMultipartUpload(r -> r.bucket(BUCKET)
                        .key(key)
                        .uploadId(upload)
                        .multipartUpload(m -> m.parts(parts.stream()
                                .map(part -> CompletedPart.builder()
                                        .partNumber(part.partNumber())
                                        .eTag(part.eTag())
                                        .build())
                                .toList())))
                .join();
    }

    private byte[] get(String key) {
        return client.getObject(r -> r.bucket(BUCKET).key(key), AsyncResponseTransformer.toBytes())
                .join()
                .asByteArray();
    }

    private Map<String, String> metadata(String key) {
        return client.headObject(r -> r.bucket(BUCKET).key(key)).join().metadata();
    }

    private List<String> keys() {
        return client.listObjectsV2(r -> r.bucket(BUCKET)).join().contents().stream()
                .map(S3Object::key)
                .toList();
    }

    private List<String> uploads() {
        return client.listMultipartUploads(r -> r.bucket(BUCKET)).join().uploads().stream()
                .map(MultipartUpload::uploadId)
                .toList();
    }

    private void awaitUnfinishedFiles(int count) throws Exception {
        long deadline = System.nanoTime() + Patience.LIMIT.toNanos();
        while (unfinishedFiles().size() < count) {
            assertThat(System.nanoTime()).as("%s", unfinishedFiles()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    /** Temporary files that contain bytes already. */
    private List<Path> unfinishedFiles() throws IOException {
        try (Stream<Path> files = Files.walk(data.resolve("buckets"))) {
            return files.filter(
                            file -> Leftovers.isTemporaryName(file.getFileName().toString()))
                    .filter(file -> file.toFile().length() > SENT / 2)
                    .toList();
        }
    }

    /** Announces 8 MiB, sends 2 MiB, and then stalls. */
    private static final class StallingBody implements AsyncRequestBody {
        @Override
        public Optional<Long> contentLength() {
            return Optional.of(4L * SENT);
        }

        @Override
        public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
            subscriber.onSubscribe(new Subscription() {
                private boolean sent;

                @Override
                public synchronized void request(long count) {
                    if (!sent) {
                        sent = true;
                        subscriber.onNext(ByteBuffer.allocate(SENT));
                    }
                }

                @Override
                public void cancel() {}
            });
        }
    }
}
