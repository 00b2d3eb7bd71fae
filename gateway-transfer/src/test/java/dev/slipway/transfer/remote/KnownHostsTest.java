package dev.slipway.transfer.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnownHostsTest {
    private static final List<String> KEYS = new ArrayList<>();

    @TempDir
    private static Path folder;

    @BeforeAll
    static void makeKeys() throws Exception {
        for (int i = 0; i < 4; i++) {
            Path file = folder.resolve("key" + i);
            Clients.command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file.toString())
                    .run(Patience.LIMIT)
                    .assertSuccess();
            KEYS.add(Files.readString(Path.of(file + ".pub")).strip());
        }
    }

    @Test
    void keysOfTheHostAndItsPortAreAccepted() {
        String text = "# comment\n\nhost.example,192.0.2.1 " + KEYS.get(0) + "\n[host.example]:2222 " + KEYS.get(1)
                + " with a comment\nother.example " + KEYS.get(2) + "\n";

        assertThat(KnownHosts.hostKeys(text, "host.example", 22)).containsExactly(KEYS.get(0));
        assertThat(KnownHosts.hostKeys(text, "192.0.2.1", 22)).containsExactly(KEYS.get(0));
        assertThat(KnownHosts.hostKeys(text, "host.example", 2222)).containsExactly(KEYS.get(1));
        assertThat(KnownHosts.hostKeys(text, "nobody.example", 22)).isEmpty();
    }

    @Test
    void authoritiesAndPatternsAreSupportedAndRevokedKeysRejected() {
        String text = "@cert-authority *.example,!bad.example " + KEYS.get(0) + "\n*.example " + KEYS.get(1)
                + "\nhost.example " + KEYS.get(2) + "\n@revoked * " + KEYS.get(2) + "\n@revoked * " + KEYS.get(3)
                + "\n";

        assertThat(KnownHosts.hostKeys(text, "host.example", 22))
                .containsExactly("@cert-authority " + KEYS.get(0), KEYS.get(1));
        assertThat(KnownHosts.hostKeys(text, "bad.example", 22)).containsExactly(KEYS.get(1));
    }

    @Test
    void hashedNamesAreFound() throws Exception {
        Path file = Files.writeString(
                folder.resolve("known_hosts"),
                "host.example " + KEYS.get(0) + "\n[host.example]:2222 " + KEYS.get(1) + "\n");
        Clients.command("ssh-keygen", "-H", "-f", file.toString())
                .run(Patience.LIMIT)
                .assertSuccess();
        String text = Files.readString(file);
        assertThat(text).doesNotContain("host.example");

        assertThat(KnownHosts.hostKeys(text, "host.example", 22)).containsExactly(KEYS.get(0));
        assertThat(KnownHosts.hostKeys(text, "host.example", 2222)).containsExactly(KEYS.get(1));
        assertThat(KnownHosts.hostKeys(text, "other.example", 22)).isEmpty();
    }

    @Test
    void anInvalidKeyIsAnError() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KnownHosts.hostKeys("host.example ssh-ed25519 AAAA\n", "host.example", 22));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KnownHosts.hostKeys("host.example\n", "host.example", 22));
    }
}
