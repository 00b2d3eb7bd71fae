package dev.slipway.transfer.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RunningClient;
import dev.slipway.testing.SshdServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.io.nio2.Nio2ServiceFactoryFactory;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.keyboard.UserAuthKeyboardInteractiveFactory;
import org.apache.sshd.server.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.server.keyprovider.SimpleGeneratorHostKeyProvider;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Logins with the keys of an agent, and with passwords. */
@Timeout(Patience.TEST_SECONDS)
class RemoteLoginTest {
    private static final RemoteTimeouts TIMEOUTS = RemoteTimeouts.DEFAULT;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"ed25519", "rsa", "ecdsa"})
    void theKeysOfAnAgentLogIn(String type) throws Exception {
        Path socket = folder.resolve("agent");
        try (SshdServer server = SshdServer.start();
                RunningClient agent = Clients.command("ssh-agent", "-D", "-a", socket.toString())
                        .start()) {
            Path key = server.authorizeKey(type, "");
            Path other = server.authorizeKey("ed25519", "");
            Patience.await("the agent listens", () -> agent.stdout().contains("SSH_AUTH_SOCK"));
            Remote remote = TestRemotes.of(server, List.of(server.hostKey()), new Credentials.Agent());
            try (RemoteClient client = new RemoteClient(TIMEOUTS, socket.toString())) {
                assertFails(RemoteFailure.AUTHENTICATION, () -> client.connect(remote));
                add(socket, key);
                try (RemoteConnection connection = client.connect(remote)) {
                    assertThat(connection.stat("/")).isPresent();
                }
                assertThat(other).exists();
            }
        }
    }

    private static void add(Path socket, Path key) throws InterruptedException {
        Clients.command("ssh-add", key.toString())
                .environment("SSH_AUTH_SOCK", socket.toString())
                .run(Patience.LIMIT)
                .assertSuccess();
    }

    @Test
    void withoutAnAgentTheReasonIsReported() throws Exception {
        try (SshdServer server = SshdServer.start()) {
            Remote remote = TestRemotes.of(server, List.of(server.hostKey()), new Credentials.Agent());
            try (RemoteClient none = new RemoteClient(TIMEOUTS, null);
                    RemoteClient gone =
                            new RemoteClient(TIMEOUTS, folder.resolve("gone").toString())) {
                assertFails(RemoteFailure.AUTHENTICATION, () -> none.connect(remote));
                assertFails(RemoteFailure.AUTHENTICATION, () -> gone.connect(remote));
            }
        }
    }

    /** OpenSSH's server checks passwords of the system, which tests do not have; so this uses another server. */
    @ParameterizedTest
    @ValueSource(strings = {"password", "keyboard-interactive"})
    void aPasswordLogsInByBothMethods(String method) throws Exception {
        try (SshServer server = passwordServer(method);
                RemoteClient client = new RemoteClient(TIMEOUTS, null)) {
            String hostKey = PublicKeyEntry.toString(
                    client.hostKeys("127.0.0.1", server.getPort()).getFirst());

            Remote good = remote(server, hostKey, "secret");
            try (RemoteConnection connection = client.connect(good)) {
                assertThat(connection.stat("/")).isPresent();
            }
            assertThat(good.toString()).doesNotContain("secret");
            assertFails(RemoteFailure.AUTHENTICATION, () -> client.connect(remote(server, hostKey, "wrong")));
        }
    }

    @Test
    void aPasswordIsNotSentToAnUnknownServer() throws Exception {
        List<String> told = new ArrayList<>();
        try (SshServer server = passwordServer("password");
                SshServer known = passwordServer("password");
                RemoteClient client = new RemoteClient(TIMEOUTS, null)) {
            // Of the same type, so that the keys are compared.
            String hostKey = PublicKeyEntry.toString(
                    client.hostKeys("127.0.0.1", known.getPort()).getFirst());
            server.setPasswordAuthenticator((user, password, session) -> told.add(password));

            assertFails(RemoteFailure.HOST_KEY, () -> client.connect(remote(server, hostKey, "secret")));

            assertThat(told).isEmpty();
        }
    }

    private static Remote remote(SshServer server, String hostKey, String password) {
        return TestRemotes.of(server.getPort(), "ann", List.of(hostKey), new Credentials.Password(password));
    }

    private static SshServer passwordServer(String method) throws IOException {
        SshServer server = SshServer.setUpDefaultServer();
        server.setIoServiceFactoryFactory(new Nio2ServiceFactoryFactory());
        server.setHost("127.0.0.1");
        SimpleGeneratorHostKeyProvider keys = new SimpleGeneratorHostKeyProvider();
        keys.setAlgorithm("EC");
        server.setKeyPairProvider(keys);
        server.setPasswordAuthenticator((user, password, session) -> user.equals("ann") && password.equals("secret"));
        server.setUserAuthFactories(List.of(
                method.equals("password")
                        ? UserAuthPasswordFactory.INSTANCE
                        : UserAuthKeyboardInteractiveFactory.INSTANCE));
        server.setSubsystemFactories(List.of(new SftpSubsystemFactory()));
        server.start();
        return server;
    }

    private static void assertFails(RemoteFailure failure, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        RemoteException.class,
                        e -> assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure));
    }
}
