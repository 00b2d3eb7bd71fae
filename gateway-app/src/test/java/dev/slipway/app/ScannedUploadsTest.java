package dev.slipway.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.event.GatewayEvent.Scanned;
import dev.slipway.core.event.ScanResult;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.ClamdServer;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RunningClient;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Uploads that clamd scans before their files appear. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ScannedUploadsTest {
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

    private Gateway start(S3Bucket bucket, String address, String... settings) throws Exception {
        GatewayBuilder builder = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                .set("accounts[0].resume", "stat")
                .set("scan.clamd", address)
                .onEvent(events::add);
        for (int i = 0; i < settings.length; i += 2) {
            builder.set(settings[i], settings[i + 1]);
        }
        return builder.start();
    }

    private static String socket() {
        return clamd.socket().toString();
    }

    private ClientResult upload(Protocol protocol, Gateway gateway, String name, byte[] content) throws Exception {
        Path file = Files.write(directory.resolve("local"), content);
        return protocol.upload(Protocol.ListenPorts.of(gateway), file, name, Protocol.UNLIMITED)
                .run(Patience.LIMIT);
    }

    /** A large file with the test virus somewhere in its second part. */
    private static byte[] largeAndInfected() {
        byte[] content = Bytes.random(1, 8 << 20);
        byte[] eicar = ClamdServer.eicar();
        System.arraycopy(eicar, 0, content, 6 << 20, eicar.length);
        return content;
    }

    private List<Scanned> scans() {
        return events.stream()
                .filter(event -> event instanceof Scanned)
                .map(event -> (Scanned) event)
                .toList();
    }

    private static List<String> leftovers(BucketView stored, String key) {
        return List.of(stored.keys().toString(), "parts: " + stored.storedParts(key));
    }

    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"EXPLICIT_FTPS", "SFTP", "SCP"})
    void aCleanFileAppearsAndAnInfectedOneNever(Protocol protocol, S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = start(bucket, socket())) {
            byte[] clean = Bytes.random(7, 8 << 20);
            upload(protocol, gateway, "clean", clean).assertSuccess();
            upload(protocol, gateway, "empty", new byte[0]).assertSuccess();
            ClientResult small =
                    upload(protocol, gateway, "small", ClamdServer.eicar()).assertFailure();
            ClientResult large =
                    upload(protocol, gateway, "large", largeAndInfected()).assertFailure();

            assertThat(stored.get("clean")).isEqualTo(clean);
            Patience.await(
                    "nothing else is left",
                    () -> leftovers(stored, "large").equals(List.of("[clean, empty]", "parts: 0")));
            if (protocol == Protocol.EXPLICIT_FTPS) {
                assertThat(small.stderr()).contains("< 550 ").contains(ClamdServer.SIGNATURE);
                assertThat(large.stderr()).contains("< 550 ").contains(ClamdServer.SIGNATURE);
            }
            assertThat(scans())
                    .extracting(Scanned::result)
                    .containsExactly(ScanResult.CLEAN, ScanResult.CLEAN, ScanResult.INFECTED, ScanResult.INFECTED);
            assertThat(scans().getLast().path()).hasToString("/large");
            assertThat(scans().getLast().detail()).isEqualTo(ClamdServer.SIGNATURE);
        }
    }

    /** An infected file must not destroy the one that it was to replace. */
    @Test
    void anExistingFileStays(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = start(bucket, "127.0.0.1:" + clamd.port())) {
            stored.put("report", "old".getBytes(UTF_8));
            upload(Protocol.SFTP, gateway, "report", ClamdServer.eicar()).assertFailure();

            assertThat(stored.get("report")).asString(UTF_8).isEqualTo("old");
        }
    }

    @Test
    void aFileThatClamdDoesNotTakeIsRefusedUnlessAllowed(S3Bucket bucket) throws Exception {
        byte[] content = Bytes.random(3, 14 << 20);
        try (BucketView stored = new BucketView(bucket)) {
            try (Gateway gateway = start(bucket, socket())) {
                upload(Protocol.SFTP, gateway, "large", content).assertFailure();

                assertThat(stored.keys()).isEmpty();
                assertThat(events)
                        .filteredOn(event -> event instanceof GatewayEvent.Failed)
                        .extracting(event -> ((GatewayEvent.Failed) event).message())
                        .contains("The file is refused: it cannot be scanned, since it is larger than clamd's"
                                + " StreamMaxLength.");
                assertThat(scans()).extracting(Scanned::result).containsExactly(ScanResult.TOO_LARGE);
            }
            try (Gateway gateway = start(bucket, socket(), "scan.tooLarge", "allow")) {
                upload(Protocol.EXPLICIT_FTPS, gateway, "large", content).assertSuccess();

                assertThat(stored.get("large")).isEqualTo(content);
                assertThat(scans().getLast().accepted()).isTrue();
                assertThat(scans().getLast().result()).isEqualTo(ScanResult.TOO_LARGE);
            }
        }
    }

    @Test
    void withoutClamdUploadsFailUnlessAllowed(S3Bucket bucket) throws Exception {
        String nowhere = directory.resolve("no.sock").toString();
        try (BucketView stored = new BucketView(bucket)) {
            try (Gateway gateway = start(bucket, nowhere)) {
                ClientResult result = upload(Protocol.EXPLICIT_FTPS, gateway, "file", new byte[10])
                        .assertFailure();

                assertThat(result.stderr()).contains("< 451 ");
                assertThat(stored.keys()).isEmpty();
            }
            try (Gateway gateway = start(bucket, nowhere, "scan.unavailable", "allow")) {
                upload(Protocol.EXPLICIT_FTPS, gateway, "file", new byte[10]).assertSuccess();

                assertThat(stored.get("file")).hasSize(10);
                assertThat(scans()).extracting(Scanned::result).containsOnly(ScanResult.UNAVAILABLE);
            }
        }
    }

    @Test
    void clamdEndsDuringAnUpload(S3Bucket bucket) throws Exception {
        try (ClamdServer own = ClamdServer.start();
                BucketView stored = new BucketView(bucket);
                Gateway gateway = start(bucket, own.socket().toString())) {
            Path file = Files.write(directory.resolve("slow"), Bytes.random(5, 12 << 20));
            try (RunningClient client = Protocol.SFTP
                    .upload(Protocol.ListenPorts.of(gateway), file, "slow", 4 << 20)
                    .start()) {
                Patience.await("the upload has begun", () -> stored.storedParts("slow") > 0);
                own.kill();
                client.await(Patience.LIMIT).assertFailure();
            }

            Patience.await("nothing is left", () -> leftovers(stored, "slow").equals(List.of("[]", "parts: 0")));
            own.restart();
            upload(Protocol.SFTP, gateway, "slow", Files.readAllBytes(file)).assertSuccess();
        }
    }

    @Test
    void aClamdThatHangsFailsTheUploadInTime(S3Bucket bucket) throws Exception {
        try (ClamdServer own = ClamdServer.start();
                BucketView stored = new BucketView(bucket);
                Gateway gateway = start(bucket, own.socket().toString(), "scan.timeout", "1s")) {
            own.freeze();
            upload(Protocol.SFTP, gateway, "small", new byte[10]).assertFailure();
            upload(Protocol.SFTP, gateway, "large", Bytes.random(5, 12 << 20)).assertFailure();

            assertThat(stored.keys()).isEmpty();
            assertThat(scans())
                    .extracting(Scanned::result)
                    .containsExactly(ScanResult.UNAVAILABLE, ScanResult.UNAVAILABLE);
        }
    }

    /** Nobody has scanned what an earlier connection has sent, so there is nothing to resume. */
    @Test
    void anInterruptedUploadCannotBeResumed(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = start(bucket, socket())) {
            Path file = Files.write(directory.resolve("slow"), Bytes.random(5, 11 << 20));
            try (RunningClient client = Protocol.EXPLICIT_FTPS
                    .upload(Protocol.ListenPorts.of(gateway), file, "slow", 4 << 20)
                    .start()) {
                Patience.await("the upload has begun", () -> stored.storedParts("slow") > 0);
                client.kill();
            }
            Patience.await("nothing is left", () -> leftovers(stored, "slow").equals(List.of("[]", "parts: 0")));
        }
    }

    @Test
    void onlyWhatTheSettingsNameIsScanned(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = start(bucket, socket(), "scan.paths", "/in/**", "scan.origins", "sftp")) {
            stored.put("in/", new byte[0]);
            upload(Protocol.SFTP, gateway, "elsewhere", ClamdServer.eicar()).assertSuccess();
            upload(Protocol.EXPLICIT_FTPS, gateway, "in/ftp", ClamdServer.eicar())
                    .assertSuccess();
            upload(Protocol.SFTP, gateway, "in/sftp", ClamdServer.eicar()).assertFailure();

            assertThat(stored.keys()).containsExactlyInAnyOrder("elsewhere", "in/", "in/ftp");
        }
    }

    /** A file must be scanned as a whole, and so it is sent as a whole. */
    @Test
    void existingFilesCannotBeChangedInPlace(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = start(bucket, socket())) {
            upload(Protocol.SFTP, gateway, "log", "one".getBytes(UTF_8)).assertSuccess();
            ClientResult result = Protocol.curl(
                            Protocol.UNLIMITED,
                            "--append",
                            "-T",
                            Files.write(directory.resolve("more"), ClamdServer.eicar())
                                    .toString(),
                            "ftp://127.0.0.1:"
                                    + Protocol.ListenPorts.of(gateway).explicit() + "/log")
                    .run(Patience.LIMIT)
                    .assertFailure();

            assertThat(result.stderr()).contains("cannot be changed in place");
            assertThat(stored.get("log")).asString(UTF_8).isEqualTo("one");
        }
    }
}
