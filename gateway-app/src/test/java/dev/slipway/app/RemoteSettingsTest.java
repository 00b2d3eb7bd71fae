package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.config.SettingsLoader;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.Remotes;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.TransferMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RemoteSettingsTest {
    private static final String FINGERPRINT = "SHA256:" + "a".repeat(43);
    private static final String KEY = Base64.getEncoder().encodeToString(new byte[32]);

    @TempDir
    private Path folder;

    private GatewaySettings load(String remotes, Map<String, String> environment) throws Exception {
        Path file = Files.writeString(folder.resolve("slipway.yml"), """
                s3:
                  bucket: media
                accounts:
                  - name: ann
                    password: secret
                state:
                  directory: state
                """ + remotes);
        return SettingsLoader.load(file, environment).settings();
    }

    private String makeKey(String name, String passphrase) throws Exception {
        Clients.command(
                        "ssh-keygen",
                        "-q",
                        "-t",
                        "ed25519",
                        "-N",
                        passphrase,
                        "-C",
                        "",
                        "-f",
                        folder.resolve(name).toString())
                .run(Patience.LIMIT)
                .assertSuccess();
        return Files.readString(folder.resolve(name + ".pub")).strip();
    }

    @Test
    void remotesAreReadWithTheFilesThatTheyName() throws Exception {
        String host = makeKey("host", "");
        makeKey("user", "phrase");
        Files.writeString(folder.resolve("known_hosts"), "[vault.example]:2022 " + host + "\n");

        List<Remote> remotes = RemoteSettings.remotes(load("""
                remotes:
                  - name: vault
                    host: vault.example
                    port: 2022
                    user: ingest
                    keyFile: user
                    passphrase: phrase
                    knownHostsFile: known_hosts
                    folders: [/in, /out]
                    mode: streaming
                    maxJobs: 2
                    maxChannels: 8
                    freeSpacePercentage: 5
                    fileSystem: /in
                  - name: other
                    host: 192.0.2.1
                    user: ann
                    password: secret2
                    hostKeys: [%s, "@cert-authority %s"]
                  - {name: third, host: third.example, user: ann, agent: true, hostKeys: [%s]}
                """.formatted(FINGERPRINT, host, FINGERPRINT), Map.of()));

        assertThat(remotes)
                .containsExactly(
                        new Remote(
                                "vault",
                                "vault.example",
                                2022,
                                "ingest",
                                new Credentials.PrivateKey(Files.readString(folder.resolve("user")), "phrase"),
                                List.of(host),
                                List.of("/in", "/out"),
                                TransferMode.STREAMING,
                                2,
                                8,
                                OptionalInt.of(5),
                                "/in"),
                        new Remote(
                                "other",
                                "192.0.2.1",
                                22,
                                "ann",
                                new Credentials.Password("secret2"),
                                List.of(FINGERPRINT, "@cert-authority " + host),
                                List.of(),
                                TransferMode.AUTO,
                                Remote.DEFAULT_MAX_JOBS,
                                Remote.DEFAULT_MAX_CHANNELS,
                                OptionalInt.empty(),
                                ""),
                        new Remote(
                                "third",
                                "third.example",
                                22,
                                "ann",
                                new Credentials.Agent(),
                                List.of(FINGERPRINT),
                                List.of(),
                                TransferMode.AUTO,
                                Remote.DEFAULT_MAX_JOBS,
                                Remote.DEFAULT_MAX_CHANNELS,
                                OptionalInt.empty(),
                                ""));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    user: ann, hostKeys: [FP] | remotes[0].password: is required, or key, keyFile or agent
                    user: ann, password: a, agent: true, hostKeys: [FP] | remotes[0].password: cannot be used together
                    user: ann, password: a, passphrase: b, hostKeys: [FP] | remotes[0].passphrase: requires key or keyFile
                    user: ann, password: a | remotes[0].hostKeys: is required, or knownHostsFile
                    user: ann, password: a, hostKeys: [no key] | remotes[0].hostKeys[0]: 'no key' is not valid; expected a public key
                    user: ann, keyFile: gone, hostKeys: [FP] | gone': cannot be read
                    user: ann, keyFile: slipway.yml, hostKeys: [FP] | remotes[0].key: it cannot be read
                    user: ann, password: a, knownHostsFile: empty | has no key for host.example
                    user: ann, password: a, hostKeys: [FP], folders: [in] | remotes[0].folders[0]: 'in' is not valid; expected an absolute path
                    user: ann, password: a, hostKeys: [FP], maxChannels: 65 | a number from 1 to 64
                    """)
    void problemsAreReportedBeforeAnythingStarts(String fields, String message) throws Exception {
        Files.writeString(folder.resolve("empty"), "other.example " + makeKey("host", "") + "\n");
        String remotes = "remotes:\n  - {name: vault, host: host.example, " + fields.replace("FP", FINGERPRINT) + "}\n";

        assertThatThrownBy(() -> RemoteSettings.remotes(load(remotes, Map.of())))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aKeyIsCreatedOnFirstStartForItsOwnerOnly() throws Exception {
        GatewaySettings settings = load("", Map.of());
        Files.createDirectories(settings.state().directory());

        SecretBox first = RemoteSettings.secrets(settings);

        Path file = settings.state().directory().resolve("secret.key");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(RemoteSettings.secrets(settings).keyId()).isEqualTo(first.keyId());
        Files.delete(file);
        assertThat(RemoteSettings.secrets(settings).keyId()).isNotEqualTo(first.keyId());
    }

    @Test
    void theKeyComesFromTheEnvironmentOrAFile() throws Exception {
        Files.writeString(folder.resolve("the.key"), KEY + "\n");
        String byFile = RemoteSettings.secrets(load("transfer:\n  secretKeyFile: the.key\n", Map.of()))
                .keyId();

        assertThat(RemoteSettings.secrets(load("", Map.of("SLIPWAY_SECRET_KEY", KEY)))
                        .keyId())
                .isEqualTo(byFile);
        assertThat(RemoteSettings.secrets(load("transfer:\n  secretKey: " + KEY + "\n", Map.of()))
                        .keyId())
                .isEqualTo(byFile);
        assertThatThrownBy(() -> load("", Map.of("SLIPWAY_SECRET_KEY", "short")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("must be 32 bytes in Base64")
                .hasMessageNotContaining("short");
        GatewaySettings gone = load("transfer:\n  secretKeyFile: gone\n", Map.of());
        assertThatThrownBy(() -> RemoteSettings.secrets(gone))
                .as("a file that somebody has named is not made")
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no such file");
    }

    @Test
    void aWrongKeyKeepsOnlyTheSecretsFromBeingUsed() throws Exception {
        String remotes = "remotes:\n  - {name: mine, host: a, user: b, password: c, hostKeys: [" + FINGERPRINT + "]}\n";
        GatewaySettings settings = load(remotes, Map.of());
        try (StateDatabase database = StateDatabase.open(folder.resolve("state.db"))) {
            Remote mine = RemoteSettings.remotes(settings).getFirst();
            Remotes first = RemoteSettings.open(load("", Map.of()), database, new SecretBox(new byte[32]));
            first.put(mine);
            byte[] other = new byte[32];
            other[0] = 1;

            Remotes second = RemoteSettings.open(settings, database, new SecretBox(other));

            assertThat(second.find("mine")).contains(mine);
        }
    }
}
