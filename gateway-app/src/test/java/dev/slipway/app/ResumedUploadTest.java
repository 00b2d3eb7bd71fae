package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.Clients;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RunningClient;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Real clients that are killed during an upload, and resume it. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ResumedUploadTest {
    private static final int MIB = 1 << 20;
    private static final int SIZE = 40 * MIB;
    private static final Duration LIMIT = Patience.LIMIT;

    private static final byte[] CONTENT = Bytes.random(3, SIZE);

    @TempDir
    private Path directory;

    /** Between all gateways and the store. */
    private FaultProxy network;

    @BeforeEach
    void connect(S3Bucket bucket) throws IOException {
        network = FaultProxy.http(bucket.endpoint().uri());
    }

    @AfterEach
    void disconnect() throws IOException {
        network.close();
    }

    /** The bucket, as the gateways reach it. */
    private S3Bucket through(S3Bucket bucket) {
        return new S3Bucket(bucket.endpoint().at(network.uri()), bucket.name());
    }

    private Path file() throws IOException {
        return Files.write(directory.resolve("file"), CONTENT);
    }

    private GatewayBuilder gateway(S3Bucket bucket) {
        return RunningGateway.builder(network.uri(), bucket, directory)
                .set("accounts[0].resume", "stat")
                .account("bert", "secret-of-bert");
    }

    /** Kills an upload when the store has some of its parts. */
    private void interrupt(Resumer client, ListenPorts ports, Path file, String key, BucketView stored)
            throws Exception {
        HeldRequests later = holdPartsBehind(2);
        try (RunningClient uploading = client.upload(ports, file, key, 12 * MIB).start()) {
            awaitParts(stored, key, 2);
            assertThat(uploading.isAlive()).isTrue();
            uploading.kill();
        }
        later.release();
    }

    /** Prevents uploads from ending before they are killed, however slow the machine is. */
    private HeldRequests holdPartsBehind(int number) {
        return network.hold(1, request -> partNumber(request) > number);
    }

    /** 0 for requests that send no part. */
    private static int partNumber(HttpRequest request) {
        Matcher number = Pattern.compile("[?&]partNumber=(\\d+)").matcher(request.target());
        return number.find() ? Integer.parseInt(number.group(1)) : 0;
    }

    private static void awaitParts(BucketView stored, String key, int count) throws InterruptedException {
        Patience.await(count + " parts of " + key, () -> stored.storedParts(key) >= count);
    }

    @ParameterizedTest
    @EnumSource
    void aNewFileIsCompletedAndNoPartIsSentTwice(Resumer client, S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = gateway(bucket).start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            ListenPorts ports = ListenPorts.of(gateway);
            Path file = file();
            interrupt(client, ports, file, "new", stored);

            client.resume(ports, file, "new", Protocol.UNLIMITED).run(LIMIT).assertSuccess();

            assertThat(stored.get("new")).isEqualTo(CONTENT);
            assertThat(stored.pendingUploads("new")).isEmpty();
            assertThat(network.requests().stream()
                            .filter(request -> request.hasParameter("partNumber"))
                            .map(HttpRequest::target))
                    .hasSizeGreaterThan(SIZE / (5 * MIB) - 1)
                    .doesNotHaveDuplicates();
            assertThat(network.requests().stream().filter(request -> request.hasParameter("uploads")))
                    .hasSize(1);
            RunningGateway.awaitNoMemoryInUse(gateway);
        }
    }

    /** The old file has the new one's size, so that a client that saw it would stop. */
    @ParameterizedTest
    @EnumSource
    void anOverwriteEndsWithTheNewFile(Resumer client, S3Bucket bucket) throws Exception {
        byte[] old = Bytes.random(1, SIZE);
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = gateway(bucket).start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            ListenPorts ports = ListenPorts.of(gateway);
            Path file = file();
            stored.put("old", old);
            interrupt(client, ports, file, "old", stored);
            assertThat(stored.get("old")).isEqualTo(old);
            Path seen = directory.resolve("seen");
            bert(ports, "old", seen);
            assertThat(Files.readAllBytes(seen)).isEqualTo(old);
            // To its own account the path is busy.
            Protocol.EXPLICIT_FTPS
                    .download(ports, "old", directory.resolve("own"))
                    .run(LIMIT)
                    .assertFailure();

            client.resume(ports, file, "old", Protocol.UNLIMITED).run(LIMIT).assertSuccess();

            assertThat(stored.get("old")).isEqualTo(CONTENT);
            Protocol.EXPLICIT_FTPS
                    .download(ports, "old", directory.resolve("own"))
                    .run(LIMIT)
                    .assertSuccess();
        }
    }

    private static void bert(ListenPorts ports, String key, Path target) throws InterruptedException {
        Clients.command(
                        "curl",
                        "-sSvk",
                        "--ssl-reqd",
                        "--user",
                        "bert:secret-of-bert",
                        "-o",
                        target.toString(),
                        "ftp://127.0.0.1:" + ports.explicit() + "/" + key)
                .run(LIMIT)
                .assertSuccess();
    }

    /** Nothing has reached the store; even so, the old file must not be mistaken for the new one. */
    @ParameterizedTest
    @EnumSource
    void anOverwriteInterruptedAtItsStartEndsWithTheNewFile(Resumer client, S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = gateway(bucket).start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            ListenPorts ports = ListenPorts.of(gateway);
            Path file = file();
            stored.put("old", Bytes.random(1, SIZE));
            try (RunningClient uploading =
                    client.upload(ports, file, "old", MIB / 4).start()) {
                Patience.await("some bytes", () -> gateway.uploadMemory().usedBytes() > 0);
                assertThat(stored.pendingUploads("old")).isEmpty();
                uploading.kill();
            }

            client.resume(ports, file, "old", Protocol.UNLIMITED).run(LIMIT).assertSuccess();

            assertThat(stored.get("old")).isEqualTo(CONTENT);
        }
    }

    @Test
    void aRepeatedlyKilledUploadCompletes(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = gateway(bucket).start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            ListenPorts ports = ListenPorts.of(gateway);
            Path file = file();
            interrupt(Resumer.LFTP_FTPS, ports, file, "new", stored);
            for (Resumer client : Resumer.values()) {
                int wanted = Math.min(stored.storedParts("new") + 1, 7);
                HeldRequests later = holdPartsBehind(wanted);
                try (RunningClient uploading =
                        client.resume(ports, file, "new", 6 * MIB).start()) {
                    awaitParts(stored, "new", wanted);
                    uploading.kill();
                }
                later.release();
            }
            Resumer.OPENSSH
                    .resume(ports, file, "new", Protocol.UNLIMITED)
                    .run(LIMIT)
                    .assertSuccess();
            assertThat(stored.get("new")).isEqualTo(CONTENT);
        }
    }

    @ParameterizedTest
    @EnumSource
    void interruptedUploadsSurviveAKilledGateway(Resumer client, S3Bucket bucket) throws Exception {
        Path configuration = ServeProcess.configuration(directory, through(bucket), "stat", "");
        Path file = file();
        try (BucketView stored = new BucketView(bucket)) {
            stored.put("old", Bytes.random(1, SIZE));
            HeldRequests later = holdPartsBehind(3);
            try (ServeProcess gateway = ServeProcess.start(directory.resolve("first.log"), configuration);
                    RunningClient uploading = client.upload(gateway.ports(), file, "old", 12 * MIB)
                            .start()) {
                awaitParts(stored, "old", 3);
                gateway.kill();
                uploading.await(LIMIT).assertFailure();
            }
            later.release();
            try (ServeProcess again = ServeProcess.start(directory.resolve("second.log"), configuration)) {
                client.resume(again.ports(), file, "old", Protocol.UNLIMITED)
                        .run(LIMIT)
                        .assertSuccess();
            }
            assertThat(stored.get("old")).isEqualTo(CONTENT);
        }
    }

    @Test
    void interruptedUploadsSurviveAStoppedGateway(S3Bucket bucket) throws Exception {
        Path file = file();
        try (BucketView stored = new BucketView(bucket)) {
            try (RunningClient uploading = uploadToAGatewayThatEnds(bucket, file, stored)) {
                uploading.kill();
            }
            assertThat(stored.storedParts("new")).isGreaterThanOrEqualTo(2);
            try (Gateway again = gateway(bucket).start()) {
                Resumer.OPENSSH
                        .resume(ListenPorts.of(again), file, "new", Protocol.UNLIMITED)
                        .run(LIMIT)
                        .assertSuccess();
            }
            assertThat(stored.get("new")).isEqualTo(CONTENT);
        }
    }

    private long partsSent() {
        return network.requests().stream()
                .filter(request -> request.hasParameter("partNumber"))
                .count();
    }

    /** Killed each time the store has two more parts, whatever the current file is. */
    @ParameterizedTest
    @ValueSource(strings = {"off", "stat", "listed"})
    void aMirrorThatIsKilledFiveTimesEndsWithTheSameFiles(String resume, S3Bucket bucket) throws Exception {
        Path tree = Files.createDirectory(directory.resolve("tree"));
        for (int i = 0; i < 4; i++) {
            Files.write(tree.resolve("file" + i), Bytes.random(i, 12 * MIB + i));
        }
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway =
                        gateway(bucket).set("accounts[0].resume", resume).start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            ListenPorts ports = ListenPorts.of(gateway);
            String mirror = "mirror -R -c " + tree + " /tree";
            for (int i = 0; i < 5; i++) {
                long wanted = partsSent() + 2;
                try (RunningClient mirroring =
                        Resumer.LFTP_FTPS.lftp(ports, 12 * MIB, mirror).start()) {
                    Patience.await("two more parts", () -> partsSent() >= wanted || !mirroring.isAlive());
                    mirroring.kill();
                }
            }
            Resumer.LFTP_FTPS.lftp(ports, Protocol.UNLIMITED, mirror).run(LIMIT).assertSuccess();
            for (int i = 0; i < 4; i++) {
                assertThat(stored.get("tree/file" + i)).isEqualTo(Bytes.random(i, 12 * MIB + i));
            }
        }
    }

    /** rclone cannot resume: it sends the file again, under a temporary name, and renames it. */
    @Test
    void rcloneStartsOverAndLeavesNothingBehind(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = gateway(bucket).start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            Path file = file();
            ListenPorts ports = ListenPorts.of(gateway);
            stored.put("file", Bytes.random(1, SIZE));
            try (RunningClient uploading = Rclone.command(
                            ports, "copyto", "--ignore-times", "--bwlimit", "12M", file.toString(), "gateway:file")
                    .start()) {
                Patience.await("two parts", () -> partsSent() >= 2);
                uploading.kill();
            }
            Rclone.command(ports, "copyto", "--ignore-times", file.toString(), "gateway:file")
                    .run(LIMIT)
                    .assertSuccess();
            assertThat(stored.keys()).containsExactly("file");
            assertThat(stored.get("file")).isEqualTo(CONTENT);
        }
    }

    private RunningClient uploadToAGatewayThatEnds(S3Bucket bucket, Path file, BucketView stored) throws Exception {
        try (Gateway gateway = gateway(bucket).start()) {
            HeldRequests later = holdPartsBehind(2);
            RunningClient uploading = Resumer.LFTP_FTPS
                    .upload(ListenPorts.of(gateway), file, "new", 12 * MIB)
                    .start();
            awaitParts(stored, "new", 2);
            later.release();
            return uploading;
        }
    }

    @Test
    void expiredInterruptedUploadsAreAborted(S3Bucket bucket) throws Exception {
        Path configuration = ServeProcess.configuration(directory, through(bucket), "stat", "resume: {keepFor: 1s}");
        Path file = file();
        try (BucketView stored = new BucketView(bucket)) {
            try (ServeProcess gateway = ServeProcess.start(directory.resolve("first.log"), configuration)) {
                interrupt(Resumer.CURL_FTPS, gateway.ports(), file, "new", stored);
                Patience.await("it is kept", () -> !listed(configuration).isEmpty());
            }
            assertThat(stored.pendingUploads("new")).hasSize(1);
            // The start takes longer than the uploads are kept.
            try (ServeProcess _ = ServeProcess.start(directory.resolve("second.log"), configuration)) {
                Patience.await("aborted", () -> stored.pendingUploads("new").isEmpty());
                assertThat(listed(configuration)).isEmpty();
            }
        }
    }

    @Test
    void theCommandListsAndDiscardsThem(S3Bucket bucket) throws Exception {
        Path configuration = ServeProcess.configuration(directory, through(bucket), "stat", "");
        Path file = file();
        byte[] old = Bytes.random(1, 1000);
        try (BucketView stored = new BucketView(bucket)) {
            stored.put("old", old);
            try (ServeProcess gateway = ServeProcess.start(directory.resolve("first.log"), configuration)) {
                interrupt(Resumer.OPENSSH, gateway.ports(), file, "old", stored);
                Patience.await("it is kept", () -> listed(configuration).size() == 1);
                String line = listed(configuration).getFirst();
                assertThat(line).contains(" anna ", bucket.name(), "old");
                String id = line.split(" ", 2)[0];

                assertThat(uploads(configuration, "discard")).contains("ID");
                assertThat(uploads(configuration, "discard", "another")).contains("no such interrupted upload");
                assertThat(uploads(configuration, "discard", id)).contains("discarded 1 ");

                assertThat(listed(configuration)).isEmpty();
                Path seen = directory.resolve("seen");
                Protocol.SFTP.download(gateway.ports(), "old", seen).run(LIMIT).assertSuccess();
                assertThat(Files.readAllBytes(seen)).isEqualTo(old);
            }
            try (ServeProcess _ = ServeProcess.start(directory.resolve("second.log"), configuration)) {
                Patience.await("aborted", () -> stored.pendingUploads("old").isEmpty());
            }
        }
    }

    /** The lines of {@code slipway uploads list}, without their heading. */
    private static List<String> listed(Path configuration) {
        return uploads(configuration, "list").lines().skip(1).toList();
    }

    private static String uploads(Path configuration, String... arguments) {
        StringWriter out = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(out, true));
        List<String> all = new ArrayList<>(List.of("uploads"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--config", configuration.toString()));
        int exitCode = commandLine.execute(all.toArray(String[]::new));
        assertThat(exitCode).as(out.toString()).isBetween(0, 2);
        return out.toString();
    }
}
