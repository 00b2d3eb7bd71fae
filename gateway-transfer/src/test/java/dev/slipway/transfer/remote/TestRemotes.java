package dev.slipway.transfer.remote;

import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.SshdServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/** Remotes for tests, named {@code test}. */
final class TestRemotes {
    private TestRemotes() {}

    /** A server as it is. */
    static Remote of(SshdServer server) throws IOException {
        return of(
                server,
                List.of(server.hostKey()),
                new Credentials.PrivateKey(Files.readString(server.userKey()), null));
    }

    static Remote of(SshdServer server, List<String> hostKeys, Credentials credentials) {
        return of(server.port(), server.user(), hostKeys, credentials);
    }

    static Remote of(int port, String user, List<String> hostKeys, Credentials credentials) {
        return new Remote(
                "test",
                "127.0.0.1",
                port,
                user,
                credentials,
                hostKeys,
                List.of(),
                TransferMode.AUTO,
                Remote.DEFAULT_MAX_JOBS,
                Remote.DEFAULT_MAX_CHANNELS,
                OptionalInt.empty(),
                "");
    }

    /** A private key. */
    static String key(String passphrase) throws Exception {
        Path file = Files.createTempDirectory("slipway-key").resolve("key");
        Clients.command("ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", file.toString())
                .run(Patience.LIMIT)
                .assertSuccess();
        return Files.readString(file);
    }
}
