package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.ClientCommand;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/** Quotas and limited speed, as clients and operators see them. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LimitsTest {
    private static final int MIB = 1 << 20;
    private static final Duration LIMIT = Patience.LIMIT;

    @TempDir
    private Path directory;

    private Path file(String name, int size) throws IOException {
        return Files.write(directory.resolve(name), Bytes.random(1, size));
    }

    private GatewayBuilder gateway(S3Bucket bucket) {
        return RunningGateway.builder(bucket.endpoint().uri(), bucket, directory);
    }

    @ParameterizedTest
    @EnumSource
    void anOversizedFileIsRefusedAndTheOldOneStays(Protocol client, S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway =
                        gateway(bucket).set("accounts[0].quotaBytes", "8MiB").start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            ListenPorts ports = ListenPorts.of(gateway);
            client.upload(ports, file("old", MIB), "file", Protocol.UNLIMITED)
                    .run(LIMIT)
                    .assertSuccess();
            byte[] old = stored.get("file");

            ClientResult refused = client.upload(ports, file("new", 9 * MIB), "file", Protocol.UNLIMITED)
                    .run(LIMIT);
            refused.assertFailure();
            assertThat(refused.stdout() + refused.stderr())
                    .contains(
                            switch (client) {
                                case EXPLICIT_FTPS, IMPLICIT_FTPS -> "< 552 The quota of this account, 8388608 bytes";
                                case SCP -> "scp: The quota of this account";
                                // OpenSSH's client does not show the message.
                                case SFTP -> "ailure";
                            });
            assertThat(stored.get("file")).isEqualTo(old);
            // Aborted in the background.
            Patience.await(
                    "the upload is aborted", () -> stored.pendingUploads("file").isEmpty());

            client.upload(ports, file("fits", 8 * MIB), "file", Protocol.UNLIMITED)
                    .run(LIMIT)
                    .assertSuccess();
            client.upload(ports, file("more", 1), "more", Protocol.UNLIMITED)
                    .run(LIMIT)
                    .assertFailure();
            RunningGateway.awaitNoMemoryInUse(gateway);
        }
    }

    /** The client is silent on the data connection and waits on the control connection. */
    @Test
    void aClientThatGoesSilentAfterTheRefusalDoesNotHoldItsSession(S3Bucket bucket) throws Exception {
        try (Gateway gateway =
                gateway(bucket).set("accounts[0].quotaBytes", "1MiB").start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            ftp(gateway, """
                    data = ftp.transfercmd("STOR file")
                    data.sendall(b"x" * (2 << 20))
                    assert ftp.getline().startswith("552"), "the refusal"
                    assert ftp.sendcmd("PWD").startswith("257"), "the session goes on"
                    data.close()
                    """).run(LIMIT).assertSuccess();
        }
    }

    @Test
    void anAppendThatIsAnnouncedAsTooLargeIsRefusedBeforeTheFirstByte(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway =
                        gateway(bucket).set("accounts[0].quotaBytes", "1MiB").start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            ftp(gateway, """
                    ftp.storbinary("STOR file", io.BytesIO(b"a" * 700000))
                    ftp.sendcmd("ALLO 400000")
                    try:
                        ftp.transfercmd("APPE file")
                        sys.exit("not refused")
                    except ftplib.error_perm as e:
                        assert str(e).startswith("552"), e
                    ftp.sendcmd("ALLO 300000")
                    ftp.storbinary("APPE file", io.BytesIO(b"b" * 300000))
                    """).run(LIMIT).assertSuccess();
            assertThat(stored.get("file")).hasSize(1_000_000);
        }
    }

    private static ClientCommand ftp(Gateway gateway, String script) {
        return Clients.command(
                "python3",
                "-c",
                """
                import ftplib, io, ssl, sys
                ftp = ftplib.FTP_TLS(context=ssl._create_unverified_context(), timeout=240)
                ftp.connect("127.0.0.1", int(sys.argv[1]))
                ftp.login("anna", "secret-of-anna")
                ftp.prot_p()
                """ + script,
                Integer.toString(gateway.explicitPort().orElseThrow()));
    }

    @Test
    void theCommandShowsUsageAndRecounts(S3Bucket bucket) throws Exception {
        Path configuration = Files.writeString(directory.resolve("slipway.yml"), """
                s3: {endpoint: "%s", bucket: %s}
                state: {directory: %s}
                quota: {bytes: 1GiB}
                accounts: [{name: anna, password: secret-of-anna, quotaFiles: 3}]
                """.formatted(
                        bucket.endpoint().uri(), bucket.name(), directory.resolve("state")));
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = gateway(bucket)
                        .set("accounts[0].quotaFiles", "3")
                        .set("quota.bytes", "1GiB")
                        .start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            Protocol.SFTP
                    .upload(ListenPorts.of(gateway), file("file", 1000), "file", Protocol.UNLIMITED)
                    .run(LIMIT)
                    .assertSuccess();
            Patience.await("the first count", () -> quota(configuration, "show").contains("\"counted\":\"2"));
            // The state of about a second ago.
            Patience.await(
                    "what was uploaded",
                    () -> quota(configuration, "show")
                            .contains("{\"account\":\"anna\",\"bytes\":1000,\"quotaBytes\":1073741824,"
                                    + "\"files\":1,\"quotaFiles\":3,"));

            stored.put("theirs", new byte[500]);
            assertThat(quota(configuration, "recount", "anna")).contains("{\"recount\":[\"anna\"]}");
            Patience.await("another count", () -> quota(configuration, "show").contains("\"bytes\":1500,"));
        }
    }

    private static String quota(Path configuration, String... arguments) {
        List<String> all = new ArrayList<>(List.of("quota"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--config", configuration.toString(), "--output", "json"));
        StringWriter out = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        assertThat(commandLine.execute(all.toArray(String[]::new))).isZero();
        return out.toString();
    }

    @ParameterizedTest
    @EnumSource
    void slowTransfersComplete(Protocol client, S3Bucket bucket) throws Exception {
        byte[] content = Bytes.random(1, 2 * MIB);
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = gateway(bucket)
                        .set("accounts[0].uploadRate", "4MiB")
                        .set("accounts[0].downloadRate", "4MiB")
                        .set("bandwidth.upload", "3MiB")
                        .set("bandwidth.download", "3MiB")
                        .start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            ListenPorts ports = ListenPorts.of(gateway);
            client.upload(ports, file("file", 2 * MIB), "file", Protocol.UNLIMITED)
                    .run(LIMIT)
                    .assertSuccess();
            assertThat(stored.get("file")).isEqualTo(content);
            Path back = directory.resolve("back");
            client.download(ports, "file", back).run(LIMIT).assertSuccess();
            assertThat(Files.readAllBytes(back)).isEqualTo(content);
            RunningGateway.awaitNoMemoryInUse(gateway);
        }
    }
}
