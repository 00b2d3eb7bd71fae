package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.event.GatewayEvent.CommandRun;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SshdServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Completing paths with Tab in the shell, by OpenSSH's ssh at a terminal, with a real store and a real server. */
@S3Store
class PathCompletionTest {
    private static final Duration LIMIT = Patience.LIMIT;
    private static final String FOLDER = "reels/it's a \"tést\" $1/";

    @TempDir
    private Path folder;

    private final List<GatewayEvent> events = new CopyOnWriteArrayList<>();
    private Path key;
    private String publicKey;

    @BeforeEach
    void makeKey() throws Exception {
        key = folder.resolve("key");
        Clients.command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", key.toString())
                .run(LIMIT)
                .assertSuccess();
        publicKey = Files.readString(folder.resolve("key.pub")).strip();
    }

    private List<String> pushes() {
        return events.stream()
                .filter(CommandRun.class::isInstance)
                .map(CommandRun.class::cast)
                .map(CommandRun::command)
                .filter(command -> command.startsWith("push "))
                .toList();
    }

    @Test
    void completedPathsArePushed(S3Bucket bucket) throws Exception {
        Path incoming = Files.createDirectories(folder.resolve("target/in \"coming\""));
        try (BucketView view = new BucketView(bucket);
                SshdServer server = SshdServer.start();
                Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, folder)
                        .set("accounts[0].options", "admin, push")
                        .set("accounts[0].authorizedKeys[0]", publicKey)
                        .set("accounts[0].mounts[0].path", "/")
                        .set("accounts[0].mounts[0].prefix", "home/anna/")
                        .set("accounts[0].mounts[1].path", "/media")
                        .set("accounts[0].mounts[1].prefix", "reels/")
                        .onEvent(events::add)
                        .start()) {
            view.put(FOLDER + "clip one.bin", "one".getBytes(StandardCharsets.UTF_8));
            view.put("home/anna/50%*.bin", "two".getBytes(StandardCharsets.UTF_8));
            view.put("home/anna/50%x.bin", "not this one".getBytes(StandardCharsets.UTF_8));
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            SshTerminal ssh = new SshTerminal(gateway.sftpPort().orElseThrow(), key);
            String place = server.user() + "@127.0.0.1:" + server.port();
            ssh.client(
                            "anna",
                            "remote add vault " + place + " --key-stdin --any-folder --host-key '" + server.hostKey()
                                    + "'")
                    .input(Files.readString(server.userKey()))
                    .run(LIMIT)
                    .assertSuccess();

            // More Tabs than necessary: on a slow machine the first one may time out.
            String target = "vault:" + folder.resolve("target") + "/i\\t\\t\\t\\t";
            ClientResult typed = ssh.type(
                    "[('slipway> ', 'push " + bucket.name() + ":re\\ti\\t\\t" + target + " --wait\\r'),"
                            + " ('3 bytes.*slipway> ', 'push \"anna@/med\\ti\\t\\t" + target + "second.bin --wait\\r'),"
                            + " ('3 bytes.*slipway> ', 'push anna@/50%\\\\\\\\*\\t" + target + "third.bin --wait\\r'),"
                            + " ('3 bytes.*slipway> ', '\\x04')]",
                    "anna");
            assertThat(typed.exitCode()).as(typed.toString()).isZero();
            assertThat(pushes())
                    .hasSize(3)
                    .first()
                    .asString()
                    .startsWith("push '" + bucket.name() + ":reels/it'\\''s a \"tést\" $1/clip one.bin' ");
            assertThat(incoming.resolve("clip one.bin")).hasContent("one");
            assertThat(incoming.resolve("second.bin")).hasContent("one");
            assertThat(incoming.resolve("third.bin")).hasContent("two");
        }
    }

    /** It accepts connections and never answers. */
    @Test
    void aStoreThatHangsDoesNotHangTheShell() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Gateway gateway = Gateway.builder()
                        .endpoint(URI.create("http://127.0.0.1:" + silent.getLocalPort()))
                        .credentials("none", "none")
                        .bucket("files")
                        .account("root", "not used here")
                        .set("accounts[0].authorizedKeys[0]", publicKey)
                        .set("accounts[0].options", "admin")
                        .stateDirectory(folder.resolve("state"))
                        .bind("127.0.0.1")
                        .explicitPort(0)
                        .implicitPort(0)
                        .passivePorts(0, 0)
                        .sftpPort(0)
                        .set("s3.probe", "false")
                        .onEvent(events::add)
                        .start()) {
            SshTerminal ssh = new SshTerminal(gateway.sftpPort().orElseThrow(), key);
            long start = System.nanoTime();
            ClientResult typed = ssh.type(
                    "[('slipway> ', 'push files:re\\t'), ('re', '\\x03'), ('slipway> ', 'push files:re\\tx\\r'),"
                            + " ('Missing required.*slipway> ', '\\x04')]",
                    "root");
            assertThat(typed.exitCode()).as(typed.toString()).isEqualTo(2);
            assertThat(pushes()).containsExactly("push files:rex");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(25));
        }
    }
}
