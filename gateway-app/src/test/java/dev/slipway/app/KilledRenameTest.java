package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RunningClient;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Endpoint;
import dev.slipway.testing.S3Store;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that is killed while it renames a directory of more than two pages, and restarted. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KilledRenameTest {
    private static final Duration LIMIT = Patience.LIMIT;
    private static final int FILES = 2500;

    private final S3Bucket bucket;
    private final BucketView stored;
    private final FaultProxy proxy;
    private final Path directory;
    private final Path proxied;
    private final Path direct;
    private final List<String> names =
            IntStream.range(0, FILES).mapToObj(i -> String.format("%04d", i)).toList();

    KilledRenameTest(S3Bucket bucket, @TempDir Path directory) throws Exception {
        this.bucket = bucket;
        this.directory = directory;
        stored = new BucketView(bucket);
        proxy = FaultProxy.http(bucket.endpoint().uri());
        S3Endpoint endpoint = bucket.endpoint().at(proxy.uri());
        proxied = ServeProcess.configuration(directory, new S3Bucket(endpoint, bucket.name()), "");
        direct = ServeProcess.configuration(directory.resolve("direct"), directory.resolve("state"), bucket);
    }

    @BeforeEach
    void makeTree() {
        stored.putAll(names.stream().map(name -> "from/" + name).toList(), key -> key.getBytes(StandardCharsets.UTF_8));
        stored.put("from/sub/", new byte[0]);
        stored.put("beside", new byte[1]);
    }

    @AfterEach
    void close() throws Exception {
        proxy.close();
        stored.close();
    }

    private List<String> tree(String root) {
        List<String> keys = new ArrayList<>();
        names.forEach(name -> keys.add(root + "/" + name));
        keys.add(root + "/sub/");
        return keys;
    }

    private boolean is(HttpRequest request, String method, String key) {
        return request.method().equals(method) && request.path().equals("/" + bucket.name() + "/" + key);
    }

    /** Kills a renaming gateway at a request, which the store never receives. */
    private void killAt(Predicate<HttpRequest> request) throws Exception {
        HeldRequests held = proxy.hold(1, request);
        try (ServeProcess gateway = ServeProcess.start(directory.resolve("first.log"), proxied);
                RunningClient client = Protocol.sftp(gateway.ports(), Protocol.UNLIMITED, "rename from to\n")
                        .start()) {
            held.awaitArrival(LIMIT);
            gateway.kill();
            client.await(LIMIT).assertFailure();
        }
    }

    private void assertEndsAs(String root, String other) throws Exception {
        try (ServeProcess again = ServeProcess.start(directory.resolve("second.log"), direct)) {
            Patience.await(
                    "one tree is left", () -> stored.keysBelow(other + "/").isEmpty());
            assertThat(stored.keysBelow(root + "/")).containsExactlyElementsOf(tree(root));
            assertThat(stored.get(root + "/2499")).asString().isEqualTo("from/2499");
            assertThat(stored.keys().getFirst()).isEqualTo("beside");
            // The network works again.
            Patience.await("the rename is over", () -> again.log().contains("The rename of s3://"));
            Protocol.sftp(again.ports(), Protocol.UNLIMITED, "rename " + root + " third\nls " + "third/2499\n")
                    .run(LIMIT)
                    .assertSuccess();
            assertThat(stored.keysBelow("third/")).containsExactlyElementsOf(tree("third"));
        }
    }

    @Test
    void isUndoneIfNotAllWasCopied() throws Exception {
        killAt(request -> is(request, "PUT", "to/1700"));
        assertThat(stored.keysBelow("to/")).hasSizeBetween(1001, FILES);

        assertEndsAs("from", "to");
    }

    @Test
    void isFinishedIfAllWasCopied() throws Exception {
        killAt(request -> request.method().equals("POST")
                && request.hasParameter("delete")
                && stored.keysBelow("from/").size() < 2000);
        assertThat(stored.keysBelow("from/")).hasSizeBetween(1, FILES - 1);

        assertEndsAs("to", "from");
    }
}
