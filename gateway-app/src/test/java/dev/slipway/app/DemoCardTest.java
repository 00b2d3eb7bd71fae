package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.keys.SshKeys;
import dev.slipway.core.net.PortRange;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCardTest {
    @TempDir
    private Path directory;

    @Test
    void credentialsStayTheSameUntilChanged() throws IOException {
        Path file = directory.resolve("credentials.properties");
        DemoCredentials first = DemoCredentials.openOrCreate(file, null, null);

        assertThat(DemoCredentials.openOrCreate(file, null, null)).isEqualTo(first);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(first.user()).isEqualTo("demo");
        assertThat(first.password()).hasSize(16);
        assertThat(first.password()).isNotEqualTo(first.secretKey());

        DemoCredentials changed = DemoCredentials.openOrCreate(file, "anna", " a\\b=c:d # ü'");
        assertThat(changed.user()).isEqualTo("anna");
        assertThat(changed.secretKey()).isEqualTo(first.secretKey());
        assertThat(DemoCredentials.openOrCreate(file, null, null)).isEqualTo(changed);
    }

    @Test
    void theFirstLineIsReadyAndTheCommandsSurviveAShell() throws Exception {
        DemoCard card = card(directory.resolve("a 'b' c"), "pa'ss $HOME `x`");

        assertThat(card.lines().getFirst()).startsWith("ready");
        for (String command : card.commands().subList(1, card.commands().size())) {
            String program = command.substring(0, command.indexOf(' '));
            String words = Clients.command("bash", "-c", program + "() { printf '%s\\n' \"$@\"; }; " + command)
                    .run(Patience.LIMIT)
                    .assertSuccess()
                    .stdout();
            switch (program) {
                case "curl" ->
                    assertThat(words.lines())
                            .contains(
                                    "demo:pa'ss $HOME `x`",
                                    card.certificateAuthority().toString());
                case "lftp" ->
                    assertThat(words.lines())
                            .contains("demo,pa'ss $HOME `x`")
                            .anyMatch(word -> word.contains("\"" + card.certificateAuthority() + "\""));
                default ->
                    assertThat(words.lines())
                            .contains("UserKnownHostsFile=\"" + card.knownHosts() + "\"", "demo@127.0.0.1");
            }
        }
    }

    private static DemoCard card(Path data, String password) {
        return new DemoCard(
                new DemoOptions(data, 2121, 2990, new PortRange(2130, 2139), 2222, 2900, 9187, null, null),
                new DemoCredentials("demo", password, "access", "secret"),
                2121,
                2990,
                2222,
                URI.create("http://127.0.0.1:2900"),
                "demo",
                OptionalInt.of(9187),
                true,
                data.resolve("ca.pem"),
                "AA:BB",
                List.of(SshKeys.parsePublic(
                        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnmxNqZst/L+rks9X5VNm2Z3dlEAlysoDsnVVv3T8p9")),
                data.resolve("known_hosts"));
    }
}
