package dev.slipway.core.store.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Finding;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import dev.slipway.core.store.s3.Encryption;
import dev.slipway.core.store.s3.S3Access;
import dev.slipway.core.store.s3.StoragePolicy;
import dev.slipway.core.store.s3.StorageRule;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Endpoint;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.S3Object;

/** What the probe finds out, to be run against every S3 server that Slipway is tested with. */
@Timeout(Patience.TEST_SECONDS)
public abstract class StoreProbeContract {
    private static final RequestFault NOT_IMPLEMENTED =
            new RequestFault.Respond(501, "<Error><Code>NotImplemented</Code><Message>not here</Message></Error>");
    private static final RequestFault DENIED =
            new RequestFault.Respond(403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>");

    private final S3Bucket bucket;

    protected StoreProbeContract(S3Bucket bucket) {
        this.bucket = bucket;
    }

    /** What this server does in another way than S3, or does not tell. */
    protected abstract Map<Check, Level> exceptions();

    private static S3Access access(S3Endpoint endpoint) {
        return S3Access.of(TestStore.settings(endpoint).build());
    }

    private S3Access placed(StoragePolicy policy) {
        return new S3Access(
                TestStore.settings(bucket.endpoint()).build(),
                List.of(
                        new StorageRule(bucket.name(), "place/", policy),
                        new StorageRule("another-bucket", "place/", policy)));
    }

    @Test
    void aPlaceWhoseObjectsAreNotStoredAsAskedForIsWrong() throws Exception {
        ProbeReport report = StoreProbe.run(
                placed(StoragePolicy.NONE.withEncryption(new Encryption.Kms("no-such-key", false))), bucket.name());

        assertThat(finding(report, Check.STORAGE).level()).isEqualTo(Level.WRONG);
        assertThat(finding(report, Check.STORAGE).answer()).startsWith("s3://" + bucket.name() + "/place/: ");
        assertThat(report.findings())
                .filteredOn(each -> each.check() == Check.STORAGE)
                .hasSize(1);
        assertNothingIsLeft();
    }

    /** They were killed before they could do it themselves. Another one may be at work. */
    @Test
    void whatEarlierProbesHaveLeftIsRemoved() throws Exception {
        String folder = ObjectStore.PROBE_PREFIX + "0123456789abcdef/";
        String file = ObjectStore.PROBE_PREFIX + "is-what-a-user-calls-this";
        try (S3AsyncClient client = bucket.endpoint().newClient()) {
            for (String key : List.of(folder + "small", folder + "multipart", file)) {
                client.putObject(
                                request -> request.bucket(bucket.name()).key(key),
                                AsyncRequestBody.fromString("left behind"))
                        .join();
            }
            client.createMultipartUpload(
                            request -> request.bucket(bucket.name()).key(folder + "multipart"))
                    .join();

            var _ = StoreProbe.run(access(bucket.endpoint()), bucket.name());
            assertThat(client.listObjectsV2(request -> request.bucket(bucket.name()))
                            .join()
                            .contents())
                    .as("they are not an hour old")
                    .hasSize(3);

            // By a clock that is a minute ahead, they are old enough.
            ProbeReport report = StoreProbe.run(access(bucket.endpoint()), bucket.name(), Duration.ofMinutes(-1));

            assertThat(finding(report, Check.TRACES).level()).isEqualTo(Level.WORKS);
            assertThat(client.listObjectsV2(request -> request.bucket(bucket.name()))
                            .join()
                            .contents())
                    .extracting(S3Object::key)
                    .containsExactly(file);
            client.deleteObject(request -> request.bucket(bucket.name()).key(file))
                    .join();
        }
        assertNothingIsLeft();
    }

    private static Map<Check, Level> levels(ProbeReport report) {
        return report.findings().stream().collect(Collectors.toMap(Finding::check, Finding::level));
    }

    private static Finding finding(ProbeReport report, Check check) {
        return report.findings().stream()
                .filter(finding -> finding.check() == check)
                .findFirst()
                .orElseThrow();
    }

    private ProbeReport probeWith(Predicate<HttpRequest> condition, RequestFault fault) throws Exception {
        try (FaultProxy proxy = FaultProxy.http(bucket.endpoint().uri())) {
            proxy.fail(condition, fault);
            return StoreProbe.run(access(bucket.endpoint().at(proxy.uri())), bucket.name());
        }
    }

    private void assertNothingIsLeft() {
        try (S3AsyncClient client = bucket.endpoint().newClient()) {
            assertThat(client.listObjectsV2(request -> request.bucket(bucket.name()))
                            .join()
                            .contents())
                    .extracting(S3Object::key)
                    .isEmpty();
            // Some stores show directories that have no object any more.
            assertThat(client.listObjectsV2(
                                    request -> request.bucket(bucket.name()).delimiter("/"))
                            .join()
                            .commonPrefixes())
                    .isEmpty();
            assertThat(client.listMultipartUploads(request -> request.bucket(bucket.name()))
                            .join()
                            .uploads())
                    .isEmpty();
        }
    }

    @Test
    void everythingIsFoundOutAndNothingIsLeftBehind() throws Exception {
        ProbeReport report = StoreProbe.run(placed(StoragePolicy.NONE.withStorageClass("STANDARD")), bucket.name());

        assertThat(levels(report)).containsOnlyKeys(Check.values());
        Map<Check, Level> expected = Arrays.stream(Check.values())
                .collect(Collectors.toMap(check -> check, check -> exceptions().getOrDefault(check, Level.WORKS)));
        assertThat(levels(report)).as("%s", report.findings()).containsExactlyInAnyOrderEntriesOf(expected);
        assertThat(report.isUsable()).isTrue();
        assertThat(report.findings())
                .filteredOn(finding -> finding.level() == Level.DIFFERS)
                .allSatisfy(finding -> {
                    assertThat(finding.answer()).isNotEmpty();
                    assertThat(finding.consequence()).isNotEmpty();
                });
        assertNothingIsLeft();
    }

    @Test
    void aWrongSecretIsNamed() throws Exception {
        S3Endpoint endpoint = bucket.endpoint();
        ProbeReport report = StoreProbe.run(
                S3Access.of(TestStore.settings(endpoint)
                        .set("secretKey", "wrong-secret")
                        .build()),
                bucket.name());

        assertThat(report.wrong()).extracting(Finding::check).containsExactly(Check.CREDENTIALS);
        assertThat(finding(report, Check.CREDENTIALS).answer())
                .contains("SignatureDoesNotMatch")
                .doesNotContain("wrong-secret");
        assertThat(report.summary()).contains("wrong: credentials");
    }

    @Test
    void aBucketThatIsNotThereIsNamed() throws Exception {
        ProbeReport report = StoreProbe.run(access(bucket.endpoint()), "no-such-bucket-here");

        assertThat(report.wrong()).extracting(Finding::check).containsExactly(Check.BUCKET);
    }

    @Test
    void aStoreThatIsNotThereIsNamed() throws Exception {
        try (FaultProxy proxy = FaultProxy.http(bucket.endpoint().uri())) {
            proxy.refuse();
            ProbeReport report = StoreProbe.run(access(bucket.endpoint().at(proxy.uri())), bucket.name());

            assertThat(report.wrong()).extracting(Finding::check).containsExactly(Check.REACHABLE);
        }
        ProbeReport nowhere = StoreProbe.run(
                access(bucket.endpoint().at(URI.create("http://no-such-host.invalid:9000"))), bucket.name());
        assertThat(nowhere.wrong()).extracting(Finding::check).containsExactly(Check.REACHABLE);
    }

    @Test
    void withoutPermissionToListItSaysWhatIsMissing() throws Exception {
        ProbeReport report = probeWith(
                request -> request.hasParameter("list-type")
                        || (request.method().equals("HEAD") && request.path().endsWith("/never-there")),
                DENIED);

        assertThat(report.wrong())
                .extracting(Finding::check)
                .contains(Check.LIST, Check.HEAD_MISSING)
                .doesNotContain(Check.PUT, Check.GET, Check.DELETE, Check.MULTIPART);
        assertNothingIsLeft();
    }

    @Test
    void withoutPermissionToWriteNothingElseIsTried() throws Exception {
        ProbeReport report = probeWith(request -> request.method().equals("PUT"), DENIED);

        assertThat(report.wrong()).extracting(Finding::check).containsExactly(Check.PUT);
        assertThat(levels(report)).doesNotContainKey(Check.MULTIPART);
        assertNothingIsLeft();
    }

    @Test
    void whatIsRefusedIsDoneInAnotherWay() throws Exception {
        ProbeReport report = probeWith(
                request -> request.hasParameter("delete")
                        || request.hasParameter("tagging")
                        || request.header("x-amz-copy-source-range").isPresent()
                        || request.header("if-none-match").isPresent()
                        || request.header("if-match").isPresent()
                        || request.header("x-amz-tagging").isPresent()
                        || request.headers().keySet().stream().anyMatch(name -> name.startsWith("x-amz-checksum-")),
                NOT_IMPLEMENTED);

        assertThat(report.wrong()).isEmpty();
        assertThat(levels(report))
                .containsEntry(Check.BATCH_DELETE, Level.DIFFERS)
                .containsEntry(Check.TAGS, Level.DIFFERS)
                .containsEntry(Check.COPY_PART, Level.DIFFERS)
                .containsEntry(Check.CHECKSUM, Level.DIFFERS)
                .containsEntry(Check.MULTIPART, Level.WORKS)
                .containsEntry(Check.MULTIPART_CHECKSUM, Level.DIFFERS)
                .containsEntry(Check.PUT_IF_ABSENT, Level.DIFFERS)
                .containsEntry(Check.COMPLETE_IF_ABSENT, Level.DIFFERS);
        assertNothingIsLeft();
    }

    @Test
    void aMissingContentMd5IsFoundOut() throws Exception {
        ProbeReport report = probeWith(
                request -> request.hasParameter("delete")
                        && request.header("content-md5").isEmpty(),
                new RequestFault.Respond(
                        400, "<Error><Code>MissingContentMD5</Code><Message>missing</Message></Error>"));

        assertThat(finding(report, Check.BATCH_DELETE).level()).isEqualTo(Level.DIFFERS);
        assertThat(finding(report, Check.BATCH_DELETE).answer()).contains("Content-MD5");
        assertNothingIsLeft();
    }

    @Test
    void anInterruptLeavesNothingBehind() throws Exception {
        try (FaultProxy proxy = FaultProxy.http(bucket.endpoint().uri())) {
            HeldRequests part =
                    proxy.hold(1, request -> request.method().equals("PUT") && request.hasParameter("partNumber"));
            CompletableFuture<ProbeReport> result = new CompletableFuture<>();
            Thread probing = Thread.ofVirtual().start(() -> {
                try {
                    result.complete(StoreProbe.run(access(bucket.endpoint().at(proxy.uri())), bucket.name()));
                } catch (InterruptedException e) {
                    result.completeExceptionally(e);
                }
            });
            part.awaitArrival(Patience.LIMIT);
            probing.interrupt();
            part.release();
            proxy.pass();

            assertThatThrownBy(result::get).hasCauseInstanceOf(InterruptedException.class);
        }
        assertNothingIsLeft();
    }

    @Test
    void anOutageInTheMiddleIsBoundedAndSaysNothingOfTheStore() throws Exception {
        ProbeReport report = probeWith(
                request -> request.method().equals("PUT") && request.path().contains("/order/"),
                new RequestFault.Hang());

        assertThat(levels(report))
                .containsEntry(Check.LIST_ORDER, Level.UNKNOWN)
                .containsEntry(Check.LIST_PAGES, Level.UNKNOWN)
                .containsEntry(Check.TRACES, Level.WORKS);
        assertThat(report.wrong()).isEmpty();
        assertNothingIsLeft();
    }

    @Test
    void aStoreThatFailsIsNotWrong() throws Exception {
        ProbeReport report = probeWith(
                request -> request.hasParameter("uploads")
                        || request.hasParameter("delete")
                        || request.path().endsWith("/never-there")
                        || (request.method().equals("PUT") && request.path().endsWith("/checksum")),
                RequestFault.slowDown());

        assertThat(levels(report))
                .containsEntry(Check.CHECKSUM, Level.UNKNOWN)
                .containsEntry(Check.CHECKSUM_VERIFIED, Level.UNKNOWN)
                .containsEntry(Check.MULTIPART, Level.UNKNOWN)
                .containsEntry(Check.BATCH_DELETE, Level.UNKNOWN)
                .containsEntry(Check.HEAD_MISSING, Level.UNKNOWN);
        assertThat(report.wrong()).isEmpty();
        assertNothingIsLeft();
    }
}
