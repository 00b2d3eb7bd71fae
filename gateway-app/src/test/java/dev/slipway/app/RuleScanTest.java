package dev.slipway.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.event.ScanResult;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.ClamdServer;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SshdServer;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobFilter;
import dev.slipway.transfer.job.JobState;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rules that have clamd scan files that are in the store already, and move infected ones to a quarantine. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RuleScanTest {
    private static ClamdServer clamd;

    @TempDir
    private Path directory;

    private final List<GatewayEvent> events = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void startClamd() throws Exception {
        clamd = ClamdServer.start("StreamMaxLength 9M");
    }

    @AfterAll
    static void stopClamd() {
        clamd.close();
    }

    /** The account sees the prefix home/ only. Files are scanned, then moved to home/done/. */
    private GatewayBuilder builder(URI store, S3Bucket bucket, String address) throws Exception {
        return RunningGateway.builder(store, bucket, directory)
                .set("accounts[0].mounts[0].prefix", "home/")
                .set("scan.clamd", address)
                .set("scan.uploads", "false")
                .set("rules[0].name", "arrival")
                .set("rules[0].steps[0].action", "scan")
                .set("rules[0].steps[0].to", "quarantine/{account}")
                .set("rules[0].steps[1].action", "move")
                .set("rules[0].steps[1].to", "home/done/{name}")
                .onEvent(events::add);
    }

    private static String socket() {
        return clamd.socket().toString();
    }

    private void upload(Protocol.ListenPorts ports, String name, byte[] content) throws Exception {
        Path file = Files.write(directory.resolve("local"), content);
        Protocol.SFTP
                .upload(ports, file, name, Protocol.UNLIMITED)
                .run(Patience.LIMIT)
                .assertSuccess();
    }

    /** A file of several parts with the test virus near its end. */
    private static byte[] infected() {
        byte[] content = Bytes.random(1, 8 << 20);
        byte[] eicar = ClamdServer.eicar();
        System.arraycopy(eicar, 0, content, 7 << 20, eicar.length);
        return content;
    }

    private static Job awaitJob(Gateway gateway, JobState state) throws InterruptedException {
        Patience.await(
                "the job is " + state,
                () -> gateway.jobs().list(JobFilter.in(Set.of(), 10)).stream().anyMatch(job -> job.state() == state));
        return gateway.jobs().list(JobFilter.in(Set.of(state), 10)).getFirst();
    }

    private static List<String> files(BucketView stored) {
        return stored.keys().stream().filter(key -> !key.endsWith("/")).toList();
    }

    private static boolean isCopy(HttpRequest request) {
        return request.header("x-amz-copy-source").isPresent();
    }

    @Test
    void anInfectedFileGoesToTheQuarantineAndNoFurtherStepRuns(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway =
                        builder(bucket.endpoint().uri(), bucket, socket()).start()) {
            byte[] content = infected();
            upload(Protocol.ListenPorts.of(gateway), "invoice,1.zip", content);
            Job job = awaitJob(gateway, JobState.SUCCEEDED);

            String key = "quarantine/" + Protocol.USER + "/" + job.id() + "-invoice,1.zip";
            assertThat(job.message())
                    .isEqualTo("step 1, scan: clamd has found " + ClamdServer.SIGNATURE + "; the file was moved to "
                            + bucket.name() + ":" + key + ". No further step was done");
            assertThat(files(stored)).containsExactly(key);
            assertThat(stored.get(key)).isEqualTo(content);
            assertThat(stored.tags(key))
                    .containsEntry("slipway-signature", ClamdServer.SIGNATURE)
                    .containsEntry("slipway-source", bucket.name() + "/home/invoice_1.zip")
                    .containsEntry("slipway-account", Protocol.USER)
                    .containsEntry("slipway-job", job.id());
            assertThat(events)
                    .filteredOn(event -> event instanceof GatewayEvent.Quarantined)
                    .singleElement()
                    .satisfies(event -> {
                        GatewayEvent.Quarantined moved = (GatewayEvent.Quarantined) event;
                        assertThat(moved.account()).isEqualTo(Protocol.USER);
                        assertThat(moved.signature()).isEqualTo(ClamdServer.SIGNATURE);
                        assertThat(moved.path()).hasToString("/" + bucket.name() + "/home/invoice,1.zip");
                        assertThat(moved.to()).hasToString("/" + bucket.name() + "/" + key);
                    });
        }
    }

    @Test
    void aCleanFileGoesOnAndOneThatClamdDoesNotTakeStays(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway =
                        builder(bucket.endpoint().uri(), bucket, socket()).start()) {
            upload(Protocol.ListenPorts.of(gateway), "clean", Bytes.random(7, 8 << 20));
            awaitJob(gateway, JobState.SUCCEEDED);
            upload(Protocol.ListenPorts.of(gateway), "large", Bytes.random(3, 14 << 20));
            Job refused = awaitJob(gateway, JobState.FAILED);

            assertThat(refused.message())
                    .isEqualTo("step 1, scan: the file was not scanned: larger than clamd's StreamMaxLength");
            assertThat(files(stored)).containsExactlyInAnyOrder("home/done/clean", "home/large");
            assertThat(events)
                    .filteredOn(event -> event instanceof GatewayEvent.Scanned)
                    .extracting(event -> ((GatewayEvent.Scanned) event).result())
                    .containsExactly(ScanResult.CLEAN, ScanResult.TOO_LARGE);
        }
    }

    /** Without a verdict no file goes on, and none is lost. */
    @Test
    void aFileWaitsWhileClamdIsDown(S3Bucket bucket) throws Exception {
        String nowhere = directory.resolve("no.sock").toString();
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway =
                        builder(bucket.endpoint().uri(), bucket, nowhere).start()) {
            upload(Protocol.ListenPorts.of(gateway), "file", ClamdServer.eicar());
            Job job = awaitJob(gateway, JobState.RETRYING);

            assertThat(job.message()).contains("step 1, scan: the file was not scanned: clamd cannot be reached");
            assertThat(files(stored)).containsExactly("home/file");
        }
    }

    /** Nobody has scanned the newer version. */
    @Test
    void onlyTheVersionThatWasScannedIsMoved(S3Bucket bucket) throws Exception {
        byte[] newer = "newer".getBytes(UTF_8);
        try (BucketView stored = new BucketView(bucket);
                FaultProxy network = FaultProxy.http(bucket.endpoint().uri());
                Gateway gateway = builder(network.uri(), bucket, socket()).start()) {
            HeldRequests copy = network.hold(1, RuleScanTest::isCopy);
            upload(Protocol.ListenPorts.of(gateway), "file", ClamdServer.eicar());
            copy.awaitArrival(Patience.LIMIT);
            stored.put("home/file", newer);
            copy.release();
            Job job = awaitJob(gateway, JobState.SUCCEEDED);

            assertThat(job.message())
                    .contains("clamd has found " + ClamdServer.SIGNATURE)
                    .contains("replaced or deleted before it could be moved");
            assertThat(files(stored)).containsExactly("home/file");
            assertThat(stored.get("home/file")).isEqualTo(newer);
        }
    }

    /** It may be long after the scan that the remote is there. */
    @Test
    void onlyTheVersionThatWasScannedIsPushed(S3Bucket bucket) throws Exception {
        Path remote = Files.createDirectory(directory.resolve("remote"));
        try (SshdServer server = SshdServer.start();
                FaultProxy network = FaultProxy.tcp(server.port());
                BucketView stored = new BucketView(bucket)) {
            network.refuse();
            try (Gateway gateway = builder(bucket.endpoint().uri(), bucket, socket())
                    .set("remotes[0].name", "vault")
                    .set("remotes[0].host", "127.0.0.1")
                    .set("remotes[0].port", Integer.toString(network.port()))
                    .set("remotes[0].user", server.user())
                    .set("remotes[0].keyFile", server.userKey().toString())
                    .set("remotes[0].hostKeys", server.hostKey())
                    .set("transfer.firstPause", "1s")
                    .set("transfer.longestPause", "1s")
                    .set("rules[0].steps[1].action", "push")
                    .set("rules[0].steps[1].to", "vault:" + remote + "/")
                    .start()) {
                upload(Protocol.ListenPorts.of(gateway), "file", "scanned".getBytes(UTF_8));
                awaitJob(gateway, JobState.RETRYING);
                stored.put("home/file", "not scanned".getBytes(UTF_8));
                network.pass();
                Job push = awaitJob(gateway, JobState.FAILED);

                assertThat(push.wanted().kind()).isEqualTo("push");
                assertThat(push.message()).contains("was replaced");
                assertThat(awaitJob(gateway, JobState.SUCCEEDED).message()).contains("the file was replaced meanwhile");
                assertThat(remote).isEmptyDirectory();

                upload(Protocol.ListenPorts.of(gateway), "other", "scanned".getBytes(UTF_8));
                Patience.await("it is pushed", () -> Files.exists(remote.resolve("other")));
            }
        }
    }

    @Test
    void aGatewayThatIsKilledWhileItMovesTheFileDoesSoAgain(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                FaultProxy network = FaultProxy.http(bucket.endpoint().uri())) {
            S3Bucket proxied = new S3Bucket(bucket.endpoint().at(network.uri()), bucket.name());
            Path configuration = ServeProcess.configuration(directory, proxied, "stat", """
                            scan: {clamd: '%s', uploads: false}
                            rules:
                              - name: arrival
                                steps: [{action: scan, to: infected}, {action: move, to: 'done/{name}'}]
                            """.formatted(socket()));
            Files.writeString(
                    configuration,
                    Files.readString(configuration).replace("resume: stat", "resume: stat, mounts: [{prefix: home/}]"));
            network.fail(RuleScanTest::isCopy, new RequestFault.StallReply(0));
            try (ServeProcess gateway = ServeProcess.start(directory.resolve("first.log"), configuration)) {
                upload(gateway.ports(), "file", ClamdServer.eicar());
                Patience.await("the store has the copy", () -> files(stored).size() == 2);
                gateway.kill();
            }
            network.pass();
            try (ServeProcess _ = ServeProcess.start(directory.resolve("second.log"), configuration)) {
                Patience.await("the file has gone", () -> files(stored).size() == 1);
                Patience.await(
                        "it has its tags",
                        () -> stored.tags(files(stored).getFirst()).containsKey("slipway-signature"));
            }
            assertThat(files(stored)).allMatch(key -> key.startsWith("infected/") && key.endsWith("-file"));
        }
    }

    @Test
    void anAccountMustNotSeeTheQuarantine(S3Bucket bucket) throws Exception {
        assertThatThrownBy(() -> builder(bucket.endpoint().uri(), bucket, socket())
                        .set("rules[0].steps[0].to", "home/infected")
                        .start())
                .hasMessageContaining("rules[0].steps[0].to")
                .hasMessageContaining("the account " + Protocol.USER + " does not see");
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = builder(bucket.endpoint().uri(), bucket, socket())
                        .set("rules[0].steps[0].to", "{folder}/infected")
                        .start()) {
            upload(Protocol.ListenPorts.of(gateway), "file", ClamdServer.eicar());
            Job job = awaitJob(gateway, JobState.FAILED);

            assertThat(job.message())
                    .contains("the file was not scanned, since the account " + Protocol.USER
                            + " could read it in the quarantine");
            assertThat(files(stored)).containsExactly("home/file");
        }
    }

    @Test
    void aRuleThatScansNeedsAScanner(S3Bucket bucket) {
        assertThatThrownBy(() -> RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                        .set("rules[0].name", "arrival")
                        .set("rules[0].steps[0].action", "scan")
                        .set("rules[0].steps[0].to", "infected")
                        .start())
                .hasMessageContaining("rules[0].steps[0].action")
                .hasMessageContaining("requires scan.clamd");
    }
}
