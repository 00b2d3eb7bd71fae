package dev.slipway.transfer.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.testing.Patience;
import dev.slipway.testing.SshdServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Host keys and logins. */
@Timeout(Patience.TEST_SECONDS)
class RemoteClientTest {
    private final RemoteClient client = new RemoteClient(RemoteTimeouts.DEFAULT, null);

    @AfterEach
    void close() {
        client.close();
    }

    @Test
    void aHostIsIdentifiedByItsKeyOrItsFingerprint() throws Exception {
        try (SshdServer server =
                SshdServer.options().hostKeys("rsa", "ed25519", "ecdsa").start()) {
            List<String> all = client.hostKeys("127.0.0.1", server.port()).stream()
                    .map(HostKeys::fingerprint)
                    .toList();
            assertThat(all).hasSize(3).doesNotHaveDuplicates();

            for (String type : List.of("rsa", "ed25519", "ecdsa")) {
                assertLetsIn(TestRemotes.of(server, List.of(server.hostKey(type)), key(server)));
            }
            for (String fingerprint : all) {
                assertLetsIn(TestRemotes.of(server, List.of(fingerprint), key(server)));
            }
        }
    }

    @Test
    void anUnknownHostIsRefusedAndItsFingerprintIsShown() throws Exception {
        try (SshdServer server = SshdServer.start()) {
            String fingerprint = HostKeys.fingerprint(
                    client.hostKeys("127.0.0.1", server.port()).getFirst());

            assertThatThrownBy(() -> client.connect(TestRemotes.of(server, List.of(), key(server))))
                    .isInstanceOfSatisfying(
                            RemoteException.class, e -> assertThat(e.failure()).isEqualTo(RemoteFailure.HOST_KEY))
                    .hasMessageContainingAll(
                            "test: no accepted host key is configured", fingerprint, "slipway remote trust test");
        }
    }

    @Test
    void aHostWhoseKeyHasChangedIsRefused() throws Exception {
        try (SshdServer server = SshdServer.start()) {
            Remote remote = TestRemotes.of(server);
            assertLetsIn(remote);

            server.changeHostKeys();

            String changed = HostKeys.fingerprint(
                    client.hostKeys("127.0.0.1", server.port()).getFirst());
            assertThatThrownBy(() -> client.connect(remote))
                    .isInstanceOfSatisfying(
                            RemoteException.class, e -> assertThat(e.failure()).isEqualTo(RemoteFailure.HOST_KEY))
                    .hasMessageContainingAll("does not have an accepted host key", changed);
        }
    }

    /** Nobody is in the middle: the server is too old. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "KexAlgorithms diffie-hellman-group14-sha1 | key exchange | diffie-hellman-group14-sha1",
                "Ciphers aes128-cbc,aes256-cbc | cipher | aes128-cbc, aes256-cbc",
                "HostKeyAlgorithms ssh-rsa | host key algorithm | ssh-rsa"
            })
    void aServerWithOldAlgorithmsIsNamedAsSuchAndCanBeAllowed(String line, String kind, String offered)
            throws Exception {
        try (SshdServer server = SshdServer.options()
                .hostKeys("rsa")
                .config(line)
                .config("MACs hmac-sha1,hmac-sha2-256")
                .start()) {
            Remote remote = TestRemotes.of(server);

            assertThatThrownBy(() -> client.connect(remote))
                    .isInstanceOfSatisfying(
                            RemoteException.class, e -> assertThat(e.failure()).isEqualTo(RemoteFailure.UNSUPPORTED))
                    .hasMessageContainingAll("it shares no " + kind, offered, "set legacyAlgorithms for this remote")
                    .hasMessageNotContainingAny("intercept", "Unable to negotiate")
                    .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400));

            assertLetsIn(remote.withLegacyAlgorithms(true));
            assertThat(client.hostKeys("127.0.0.1", server.port()))
                    .extracting(HostKeys::fingerprint)
                    .containsExactly(HostKeys.fingerprint(
                            HostKeys.parse(List.of(server.hostKey())).keys().getFirst()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, always:forever, true",
        "'other.example,127.0.0.*', always:forever, true",
        "other.example, always:forever, false",
        "127.0.0.1, 20010101:20020101, false"
    })
    void aCertificateMustBeForTheHostAndValidNow(String principals, String validity, boolean good) throws Exception {
        try (SshdServer server =
                SshdServer.options().hostCertificate(principals, validity).start()) {
            Remote remote = TestRemotes.of(server, List.of("@cert-authority " + server.hostAuthority()), key(server));

            if (good) {
                assertLetsIn(remote);
            } else {
                assertFails(RemoteFailure.HOST_KEY, () -> client.connect(remote));
            }
        }
    }

    @Test
    void aCertificateOfAnotherAuthorityIsRefusedUnlessTheKeyIsKnown() throws Exception {
        try (SshdServer server = SshdServer.options()
                .hostCertificate("127.0.0.1", "always:forever")
                .start()) {
            String other = "@cert-authority " + Files.readString(Path.of(server.userKey() + ".pub"));

            assertFails(
                    RemoteFailure.HOST_KEY, () -> client.connect(TestRemotes.of(server, List.of(other), key(server))));
            assertLetsIn(TestRemotes.of(server, List.of(other, server.hostKey()), key(server)));
            // The CA's own key is not the host's.
            assertFails(
                    RemoteFailure.HOST_KEY,
                    () -> client.connect(TestRemotes.of(server, List.of(server.hostAuthority()), key(server))));
        }
    }

    @ParameterizedTest
    @CsvSource({"ed25519, ''", "ed25519, secret", "rsa, ''", "rsa, secret", "ecdsa, secret"})
    void aKeyLogsIn(String type, String passphrase) throws Exception {
        try (SshdServer server = SshdServer.start()) {
            String text = Files.readString(server.authorizeKey(type, passphrase));
            List<String> host = List.of(server.hostKey());

            assertLetsIn(TestRemotes.of(
                    server, host, new Credentials.PrivateKey(text, passphrase.isEmpty() ? null : passphrase)));
            if (!passphrase.isEmpty()) {
                assertFails(
                        RemoteFailure.AUTHENTICATION,
                        () -> client.connect(TestRemotes.of(server, host, new Credentials.PrivateKey(text, "wrong"))));
                assertFails(
                        RemoteFailure.AUTHENTICATION,
                        () -> client.connect(TestRemotes.of(server, host, new Credentials.PrivateKey(text, null))));
            }
        }
    }

    @Test
    void rejectedAndInvalidKeysAreAuthenticationFailures() throws Exception {
        try (SshdServer server = SshdServer.start();
                SshdServer other = SshdServer.start()) {
            assertFails(
                    RemoteFailure.AUTHENTICATION,
                    () -> client.connect(TestRemotes.of(server, List.of(server.hostKey()), key(other))));
            assertFails(
                    RemoteFailure.AUTHENTICATION,
                    () -> client.connect(TestRemotes.of(
                            server, List.of(server.hostKey()), new Credentials.PrivateKey("no key", null))));
            assertFails(
                    RemoteFailure.AUTHENTICATION,
                    () -> client.connect(
                            TestRemotes.of(server, List.of(server.hostKey()), new Credentials.Password("wrong"))));
        }
    }

    @Test
    void anAbsentServerIsUnreachable() throws Exception {
        try (SshdServer server = SshdServer.start()) {
            Remote remote = TestRemotes.of(server);
            server.kill();

            assertFails(RemoteFailure.UNREACHABLE, () -> client.connect(remote));
            assertFails(RemoteFailure.UNREACHABLE, () -> client.hostKeys("127.0.0.1", server.port()));
        }
    }

    private static Credentials key(SshdServer server) throws IOException {
        return new Credentials.PrivateKey(Files.readString(server.userKey()), null);
    }

    private void assertLetsIn(Remote remote) throws RemoteException {
        try (RemoteConnection connection = client.connect(remote)) {
            assertThat(connection.stat("/"))
                    .get()
                    .extracting(RemoteFile::folder)
                    .isEqualTo(true);
        }
    }

    private static void assertFails(RemoteFailure failure, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        RemoteException.class,
                        e -> assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure));
    }
}
