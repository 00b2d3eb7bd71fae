package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.keys.Fingerprints;
import dev.slipway.testing.ClientCommand;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Product;
import dev.slipway.testing.S3Server;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The gateway in a program that embeds it, with real clients and a real store. */
@S3Store
class GatewayTest {
    private static final Duration LIMIT = Patience.LIMIT;
    private static final String PASSWORD = "secret-of-anna";

    @TempDir
    private Path directory;

    private S3Bucket bucket;

    @BeforeEach
    void useBucket(S3Bucket newBucket) {
        bucket = newBucket;
    }

    private GatewayBuilder builder(String name) {
        return Gateway.builder()
                .endpoint(bucket.endpoint().uri())
                .region(bucket.endpoint().region())
                .credentials(bucket.endpoint().accessKey(), bucket.endpoint().secretKey())
                .bucket(bucket.name())
                .account("anna", PASSWORD)
                .stateDirectory(directory.resolve(name))
                .bind("127.0.0.1")
                .explicitPort(0)
                .implicitPort(0)
                .passivePorts(0, 0)
                .sftpPort(0)
                .set("s3.probe", "false")
                .set("memory.parts", "64MiB")
                .set("memory.downloads", "32MiB");
    }

    @Test
    void itsBucketIsProbedAtStart() throws Exception {
        try (Gateway gateway = builder("probing").set("s3.probe", "true").start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            Patience.await("a report", () -> !gateway.probeReports().isEmpty());

            assertThat(gateway.probeReports()).singleElement().satisfies(report -> {
                assertThat(report.bucket()).isEqualTo(bucket.name());
                assertThat(report.isUsable()).as(report.summary()).isTrue();
            });
        }
        try (BucketView stored = new BucketView(bucket)) {
            assertThat(stored.keys()).isEmpty();
        }
    }

    @Test
    void aGatewayThatStopsDuringItsProbeLeavesNothingBehind() throws Exception {
        try (BucketView stored = new BucketView(bucket)) {
            try (Gateway _ = builder("stopping").set("s3.probe", "true").start()) {
                Patience.await("an object", () -> !stored.keys().isEmpty());
            }
            assertThat(stored.keys()).isEmpty();
        }
    }

    private static ClientCommand curl(Gateway gateway, String... arguments) {
        String[] all = new String[arguments.length + 5];
        all[0] = "-sS";
        all[1] = "--cacert";
        all[2] = gateway.certificateAuthority().orElseThrow().toString();
        all[3] = "--user";
        all[4] = "anna:" + PASSWORD;
        System.arraycopy(arguments, 0, all, 5, arguments.length);
        return Clients.command("curl", all);
    }

    private static String explicitUrl(Gateway gateway, String path) {
        return "ftp://127.0.0.1:" + gateway.explicitPort().orElseThrow() + path;
    }

    private static String implicitUrl(Gateway gateway, String path) {
        return "ftps://127.0.0.1:" + gateway.implicitPort().orElseThrow() + path;
    }

    @Test
    void filesStoredOverOneProtocolAreReadOverTheOthers() throws Exception {
        try (Gateway gateway = builder("one").start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            Path file = Files.writeString(directory.resolve("hello.txt"), "hello");

            curl(gateway, "--ssl-reqd", "-T", file.toString(), explicitUrl(gateway, "/"))
                    .run(LIMIT)
                    .assertSuccess();

            assertThat(curl(gateway, implicitUrl(gateway, "/hello.txt"))
                            .run(LIMIT)
                            .assertSuccess()
                            .stdout())
                    .isEqualTo("hello");
            sftp(gateway, "get hello.txt copied.txt\nput copied.txt again.txt\n");
            assertThat(directory.resolve("copied.txt")).hasContent("hello");
            assertThat(curl(gateway, "-l", implicitUrl(gateway, "/"))
                            .run(LIMIT)
                            .assertSuccess()
                            .stdout()
                            .lines())
                    .containsExactlyInAnyOrder("hello.txt", "again.txt");
        }
    }

    /** Verifies the host key with the one that the gateway reports. */
    private void sftp(Gateway gateway, String commands) throws Exception {
        int port = gateway.sftpPort().orElseThrow();
        Path knownHosts =
                Files.writeString(directory.resolve("known_hosts"), DemoCard.knownHosts(port, gateway.hostKeys()));
        Path askPassword = Files.writeString(directory.resolve("ask"), "#!/bin/sh\necho " + PASSWORD + "\n");
        assertThat(askPassword.toFile().setExecutable(true)).isTrue();
        Clients.command(
                        "sftp",
                        "-F",
                        "none",
                        "-P",
                        String.valueOf(port),
                        "-o",
                        "StrictHostKeyChecking=yes",
                        "-o",
                        "UserKnownHostsFile=" + knownHosts,
                        "anna@127.0.0.1")
                .in(directory)
                .environment("SSH_ASKPASS", askPassword.toString())
                .environment("SSH_ASKPASS_REQUIRE", "force")
                .input(commands)
                .run(LIMIT)
                .assertSuccess();
    }

    @Test
    void severalRunInOneProcessAndKeepTheirKeysOverARestart() throws Exception {
        String fingerprint;
        String hostKey;
        try (Gateway one = builder("one").start();
                Gateway other = builder("other").start()) {
            assertThat(one.explicitPort()).isNotEqualTo(other.explicitPort());
            assertThat(one.certificateFingerprint()).isNotEqualTo(other.certificateFingerprint());
            assertThat(one.awaitReady(LIMIT)).isTrue();
            assertThat(other.awaitReady(LIMIT)).isTrue();
            curl(other, implicitUrl(other, "/")).run(LIMIT).assertSuccess();
            fingerprint = one.certificateFingerprint();
            hostKey = Fingerprints.of(one.hostKeys().getFirst());
        }
        try (Gateway again = builder("one").start()) {
            assertThat(again.certificateFingerprint()).isEqualTo(fingerprint);
            assertThat(Fingerprints.of(again.hostKeys().getFirst())).isEqualTo(hostKey);
        }
    }

    @Test
    void closingFreesThePortsAndTheStateDirectory() throws Exception {
        Gateway gateway = builder("one").start();
        int[] ports = {
            gateway.explicitPort().orElseThrow(),
            gateway.implicitPort().orElseThrow(),
            gateway.sftpPort().orElseThrow()
        };
        gateway.close();
        gateway.close();

        assertThat(gateway.isReady()).isFalse();
        for (int port : ports) {
            assertThat(Ports.problem(InetAddress.ofLiteral("127.0.0.1"), port)).isEmpty();
        }
        try (Gateway again = builder("one")
                .explicitPort(ports[0])
                .implicitPort(ports[1])
                .sftpPort(ports[2])
                .start()) {
            assertThat(again.sftpPort()).hasValue(ports[2]);
        }
    }

    @Test
    void twoMustNotShareAStateDirectory() throws Exception {
        try (Gateway gateway = builder("one").start()) {
            assertThat(gateway.sftpPort()).isPresent();
            assertThatThrownBy(() -> builder("one").start())
                    .isInstanceOf(IOException.class)
                    .hasMessageContainingAll(directory.resolve("one").toString(), "in use by another gateway");
        }
    }

    @Test
    void allPortsInUseAreNamedAtOnceAndNothingIsLeftBehind() throws Exception {
        InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
        try (ServerSocket first = new ServerSocket(0, 1, loopback);
                ServerSocket second = new ServerSocket(0, 1, loopback)) {
            assertThatThrownBy(() -> builder("one")
                            .explicitPort(first.getLocalPort())
                            .sftpPort(second.getLocalPort())
                            .start())
                    .isInstanceOf(PortsTakenException.class)
                    .hasMessageContainingAll(
                            "ftps.explicitPort: cannot listen on port " + first.getLocalPort(),
                            "sftp.port: cannot listen on port " + second.getLocalPort());
        }
        builder("one").start().close();
    }

    @Test
    void listenersThatAreOffDoNotListen() throws Exception {
        try (Gateway gateway = builder("one")
                .set("ftps.explicitPort", "off")
                .set("ftps.implicitPort", "off")
                .start()) {
            assertThat(gateway.explicitPort()).isEmpty();
            assertThat(gateway.implicitPort()).isEmpty();
            assertThat(gateway.sftpPort()).isPresent();
        }
    }

    @Test
    void problemsOfThisMachineAreReportedTogetherAtStartup() {
        assertThatThrownBy(() -> builder("one")
                        .set("memory.parts", "900GiB")
                        .set("s3.caFile", "missing-ca.pem")
                        .set("sftp.bind", "no-such-host.invalid")
                        .start())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("3 problems", "memory.parts is '900GiB'", "MaxDirectMemorySize")
                .hasMessageContainingAll("s3.caFile: ", "missing-ca.pem", "sftp.bind is 'no-such-host.invalid'");
        assertThat(directory.resolve("one")).doesNotExist();
    }

    @Test
    void accountsSeeOnlyTheirPrefix() throws Exception {
        try (Gateway gateway =
                builder("one").account("otto", "secret-of-otto", "otto/").start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            Path file = Files.writeString(directory.resolve("hello.txt"), "hello");
            curl(gateway, "--user", "otto:secret-of-otto", "-T", file.toString(), implicitUrl(gateway, "/"))
                    .run(LIMIT)
                    .assertSuccess();

            assertThat(curl(gateway, "-l", implicitUrl(gateway, "/otto/"))
                            .run(LIMIT)
                            .assertSuccess()
                            .stdout())
                    .isEqualToIgnoringNewLines("hello.txt");
            curl(gateway, "--user", "otto:" + PASSWORD, implicitUrl(gateway, "/"))
                    .run(LIMIT)
                    .assertFailure();
        }
    }

    @Test
    void theGatewayStartsWithoutTheStore() throws Exception {
        try (S3Server store = S3Server.start(S3Product.MINIO)) {
            try (var client = store.endpoint().newClient()) {
                client.createBucket(request -> request.bucket("files")).join();
            }
            store.kill();
            try (Gateway gateway = builder("one")
                    .endpoint(store.endpoint().uri())
                    .credentials(store.endpoint().accessKey(), store.endpoint().secretKey())
                    .bucket("files")
                    .set("s3.requestTimeout", "2s")
                    .start()) {
                assertThat(gateway.isReady()).isFalse();
                curl(gateway, implicitUrl(gateway, "/")).run(LIMIT).assertFailure();

                store.restart();

                Patience.await("the gateway is ready", gateway::isReady);
                curl(gateway, implicitUrl(gateway, "/")).run(LIMIT).assertSuccess();
            }
        }
    }
}
