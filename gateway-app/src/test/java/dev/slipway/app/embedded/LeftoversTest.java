package dev.slipway.app.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Which leftovers a start removes. See EmbeddedS3CrashTest for real crashes. */
@Timeout(Patience.TEST_SECONDS)
class LeftoversTest {
    private static final String BUCKET = "files";

    @TempDir
    private Path data;

    private EmbeddedS3 store;
    private S3AsyncClient client;

    @BeforeEach
    void startWithABucket() throws IOException {
        start();
        client.createBucket(r -> r.bucket(BUCKET)).join();
    }

    private void start() throws IOException {
        store = EmbeddedS3.start(data, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), "key", "secret");
        client = new S3Endpoint("s3proxy", store.endpoint(), "us-east-1", "key", "secret").newClient();
    }

    /** Stops the store and leaves its folder as a crash would. */
    private void crash() throws IOException {
        Path running = data.resolve("running");
        FileTime start = Files.getLastModifiedTime(running);
        stop();
        Files.setLastModifiedTime(Files.write(running, new byte[0]), start);
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        store.close();
    }

    @Test
    void abandonedUploadsAreRemovedAfterAWeek() throws IOException {
        String old = begin("dir/sub/old");
        uploadPart("dir/sub/old", old, 1, new byte[100]);
        String recent = begin("dir/sub/recent");
        uploadPart("dir/sub/recent", recent, 1, new byte[100]);
        crash();
        makeOlder(old, Duration.ofDays(8));
        makeOlder(recent, Duration.ofDays(6));
        start();
        assertThat(uploads()).containsExactly(recent);
        assertThat(pathsOf(old)).isEmpty();
        assertThat(pathsOf(recent)).hasSize(3);
    }

    @Test
    void uploadsThatCannotBeCompletedAreRemovedAtOnce() throws IOException {
        // As after a crash during CreateMultipartUpload, or at the end of Complete or Abort.
        String withoutMetadata = begin("dir/a");
        String withoutStub = begin("dir/b");
        uploadPart("dir/a", withoutMetadata, 1, new byte[100]);
        crash();
        Path bucket = data.resolve("buckets").resolve(BUCKET);
        Files.delete(bucket.resolve(".s3proxy-mpu-stub-" + withoutMetadata));
        Files.delete(bucket.resolve(".mpus-" + withoutStub + "-dir/b-stub"));
        start();
        assertThat(uploads()).isEmpty();
        assertThat(pathsOf(withoutMetadata)).isEmpty();
        assertThat(pathsOf(withoutStub)).isEmpty();
    }

    /** Files that s3proxy did not write since the last start are not leftovers, whatever their names. */
    @Test
    void removesNothingElse() throws IOException {
        String mine = "report-0b8a9a36-5a5c-4a61-9d0c-111111111111";
        client.putObject(r -> r.bucket(BUCKET).key(mine), AsyncRequestBody.fromString("x"))
                .join();
        client.putObject(r -> r.bucket(BUCKET).key("empty/"), AsyncRequestBody.empty())
                .join();
        Path foreign = data.resolve("buckets").resolve(BUCKET).resolve("by-hand-0b8a9a36-5a5c-4a61-9d0c-222222222222");
        Files.writeString(foreign, "put there by hand");
        Files.setLastModifiedTime(foreign, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
        // A hard link to an object, as after a crash between creating the link and removing the first name.
        Files.createLink(
                foreign.resolveSibling(mine + "-0b8a9a36-5a5c-4a61-9d0c-333333333333"), foreign.resolveSibling(mine));
        crash();
        start();
        assertThat(keys()).containsExactly("empty/", mine);
        assertThat(foreign).exists();
    }

    private String begin(String key) {
        return client.createMultipartUpload(r -> r.bucket(BUCKET).key(key))
                .join()
                .uploadId();
    }

    private void uploadPart(String key, String upload, int number, byte[] content) {
        client.uploadPart(
                        r -> r.bucket(BUCKET).key(key).uploadId(upload).partNumber(number),
                        AsyncRequestBody.fromBytes(content))
                .join();
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

    /** The files of an upload. */
    private List<Path> pathsOf(String upload) throws IOException {
        try (Stream<Path> files = Files.walk(data.resolve("buckets"))) {
            return files.filter(file -> file.toString().contains(upload) && Files.isRegularFile(file))
                    .toList();
        }
    }

    private void makeOlder(String upload, Duration age) throws IOException {
        for (Path path : pathsOf(upload)) {
            Files.setLastModifiedTime(path, FileTime.from(Instant.now().minus(age)));
        }
    }
}
