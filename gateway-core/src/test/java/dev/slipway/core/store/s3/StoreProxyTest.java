package dev.slipway.core.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.store.doctor.ProbeReport;
import dev.slipway.core.store.doctor.ProbeReport.Finding;
import dev.slipway.core.store.doctor.StoreProbe;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Endpoint;
import dev.slipway.testing.S3Server;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.TunnelProxy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Stores that can be reached only through an HTTP proxy. */
@S3Store
class StoreProxyTest {
    private static final Duration WAIT = Duration.ofSeconds(10);
    private static final int LARGE = 12 << 20;

    /** A name that does not resolve (RFC 2606). */
    private static final String HOST = "store.invalid:9000";

    private static final String TOKENS = "tokens.invalid:9001";

    @TempDir
    private Path folder;

    private final S3Bucket bucket;

    StoreProxyTest(S3Bucket bucket) {
        this.bucket = bucket;
    }

    private static InetSocketAddress address(URI uri) {
        return new InetSocketAddress(uri.getHost(), uri.getPort());
    }

    private static SettingsBuilder<S3Settings> settings(S3Endpoint endpoint, String address, TunnelProxy proxy) {
        return TestStore.settings(endpoint)
                .set("endpoint", address)
                .set("proxy", proxy.uri())
                .set("proxyUser", "gateway")
                .set("proxyPassword", "pass:word");
    }

    private static S3Access access(S3Endpoint endpoint, String address, TunnelProxy proxy) {
        return S3Access.of(settings(endpoint, address, proxy).build());
    }

    private static void write(ObjectStore store, ObjectKey key, byte[] bytes) throws StoreException {
        try (ObjectWriter writer = store.write(key, ObjectAttributes.NONE, WAIT)) {
            writer.write(ByteBuffer.wrap(bytes));
            var _ = writer.complete(WriteCondition.ALWAYS);
        }
    }

    private static byte[] read(ObjectStore store, ObjectKey key) throws StoreException {
        try (ObjectReader reader = store.open(key, 0, "anna").orElseThrow()) {
            return Bytes.readAll(reader);
        }
    }

    /** Uploads in one request and in parts, downloads, copies, lists and deletes. */
    private static void assertServes(ObjectStore store, String bucket) throws StoreException {
        byte[] bytes = Bytes.random(1, LARGE);
        ObjectKey small = new ObjectKey(bucket, "some/small");
        ObjectKey large = new ObjectKey(bucket, "some/large");
        ObjectKey copy = new ObjectKey(bucket, "some/copy");
        store.check(bucket);
        write(store, small, new byte[10]);
        write(store, large, bytes);
        ObjectInfo written = store.head(large).orElseThrow();
        var _ = store.copy(written, copy, WriteCondition.ALWAYS);
        assertThat(read(store, small)).hasSize(10);
        assertThat(read(store, copy)).isEqualTo(bytes);
        assertThat(store.list(bucket, "some/", true, null, 10).objects()).hasSize(3);
        store.delete(List.of(small, large, copy));
        assertThat(store.head(copy)).isEmpty();
    }

    @Test
    void aStoreIsReachedThroughTheProxyOnly() throws Exception {
        try (TunnelProxy proxy =
                        new TunnelProxy(Map.of(HOST, address(bucket.endpoint().uri())), "gateway:pass:word");
                TestStore fixture = TestStore.with(access(bucket.endpoint(), "http://" + HOST, proxy), folder)) {
            assertServes(fixture.store(), bucket.name());
        }
    }

    @Test
    void aStoreWithTlsIsReachedThroughTheProxyOnly() throws Exception {
        // The server's certificate is valid for this name, but nothing listens on that port.
        String host = "localhost:1";
        try (S3Server server = S3Server.startEncrypting();
                TunnelProxy proxy =
                        new TunnelProxy(Map.of(host, address(server.endpoint().uri())), "gateway:pass:word");
                TestStore fixture = TestStore.with(
                        S3Access.of(settings(server.endpoint(), "https://" + host, proxy)
                                .set("caFile", server.certificate())
                                .build()),
                        folder)) {
            try (S3AsyncClient client = server.endpoint().newClient()) {
                client.createBucket(request -> request.bucket("proxied")).join();
            }

            assertServes(fixture.store(), "proxied");
        }
    }

    @Test
    void roleCredentialsAreRequestedThroughTheProxy() throws Exception {
        String role = "arn:aws:iam::1:role/owner";
        TokenService tokens = new TokenService(bucket.endpoint());
        try (tokens;
                TunnelProxy proxy = new TunnelProxy(
                        Map.of(HOST, address(bucket.endpoint().uri()), TOKENS, address(tokens.uri())),
                        "gateway:pass:word")) {
            tokens.role(role, bucket.name(), "*");
            StorageRule rule = new StorageRule(
                    bucket.name(),
                    "",
                    StoragePolicy.NONE.withRole(new AssumedRole(
                            role, null, "slipway", Duration.ofHours(1), URI.create("http://" + TOKENS))));
            try (TestStore fixture = TestStore.with(
                    new S3Access(
                            settings(bucket.endpoint(), "http://" + HOST, proxy).build(), List.of(rule)),
                    folder)) {
                assertServes(fixture.store(), bucket.name());
            }

            assertThat(proxy.targets()).containsExactlyInAnyOrder(HOST, TOKENS);
        }
    }

    @Test
    void theStoreIsProbedThroughTheProxy() throws Exception {
        try (TunnelProxy proxy =
                new TunnelProxy(Map.of(HOST, address(bucket.endpoint().uri())), "gateway:pass:word")) {
            ProbeReport report = StoreProbe.run(access(bucket.endpoint(), "http://" + HOST, proxy), bucket.name());

            assertThat(report.wrong()).extracting(Finding::answer).isEmpty();
        }
    }

    @Test
    void aRefusingProxyIsAnOutageAndNotAnEmptyStore() throws IOException {
        ObjectKey key = new ObjectKey(bucket.name(), "file");
        try (TunnelProxy proxy =
                        new TunnelProxy(Map.of(HOST, address(bucket.endpoint().uri())), "gateway:another");
                TestStore fixture = TestStore.with(access(bucket.endpoint(), "http://" + HOST, proxy), folder)) {
            assertThatThrownBy(() -> fixture.store().check(bucket.name()))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.UNAVAILABLE))
                    .hasMessageContaining("proxy")
                    .hasMessageNotContaining("pass:word");
            assertThatThrownBy(() -> fixture.store().head(key))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.UNAVAILABLE));
            assertThatThrownBy(() -> write(fixture.store(), key, new byte[1]))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.UNAVAILABLE));

            assertThat(proxy.refusals()).isPositive();
            assertThat(proxy.targets()).isEmpty();
        }
    }
}
