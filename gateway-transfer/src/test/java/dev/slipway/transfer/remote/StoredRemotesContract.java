package dev.slipway.transfer.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.InvalidFieldsException;
import dev.slipway.core.state.StateDatabase;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is kept of remotes, to be run against every kind of state database. */
abstract class StoredRemotesContract {
    private static final SecretBox KEY = new SecretBox(bytes(1));
    private static final Capabilities ABLE =
            new Capabilities(Set.of("statvfs@openssh.com"), true, Set.of("curl", "dd"));

    /** Opens the same database as a gateway does. */
    abstract StateDatabase open();

    private static byte[] bytes(int value) {
        byte[] bytes = new byte[SecretBox.KEY_LENGTH];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private static Remote remote(String name, Credentials credentials) {
        return new Remote(
                name,
                "host.example",
                2022,
                "ann",
                credentials,
                List.of("SHA256:" + "a".repeat(43)),
                List.of("/in", "/in box/\u00e9"),
                TransferMode.STREAMING,
                2,
                3,
                OptionalInt.of(10),
                "/in");
    }

    @Test
    void everythingOfARemoteSurvivesARestart() throws Exception {
        Remote byPassword = remote("a", new Credentials.Password("secret \"1\""));
        Remote byKey = remote("b", new Credentials.PrivateKey(TestRemotes.key("pass"), "pass"));
        Remote byAgent = remote("c", new Credentials.Agent());
        try (StateDatabase database = open()) {
            StoredRemotes remotes = new StoredRemotes(database, KEY, List.of());
            remotes.put(byAgent);
            remotes.put(byKey);
            remotes.put(remote("a", new Credentials.Password("other")));
            remotes.put(byPassword);
        }
        try (StateDatabase database = open()) {
            StoredRemotes remotes = new StoredRemotes(database, KEY, List.of());
            remotes.verify();
            assertThat(remotes.all()).containsExactly(byPassword, byKey, byAgent);
            assertThat(remotes.find("b")).contains(byKey);
            assertThat(remotes.find("d")).isEmpty();
            assertThat(remotes.remove("b")).isTrue();
            assertThat(remotes.remove("b")).isFalse();
            assertThat(remotes.all()).containsExactly(byPassword, byAgent);
        }
    }

    @Test
    void noSecretIsInTheDatabase() throws Exception {
        String key = TestRemotes.key("phrase1");
        try (StateDatabase database = open()) {
            StoredRemotes remotes = new StoredRemotes(database, KEY, List.of());
            remotes.put(remote("a", new Credentials.Password("password1")));
            remotes.put(remote("b", new Credentials.PrivateKey(key, "phrase1")));
            remotes.remember("a", ABLE);

            List<Map<String, Object>> rows = database.read(handle ->
                    handle.createQuery("SELECT * FROM remotes").mapToMap().list());
            List<Map<String, Object>> capabilities =
                    database.read(handle -> handle.createQuery("SELECT * FROM remote_capabilities")
                            .mapToMap()
                            .list());

            assertThat(rows).hasSize(2);
            assertThat(rows + " " + capabilities)
                    .contains("host.example", "curl")
                    .doesNotContain(
                            "password1",
                            "phrase1",
                            "PRIVATE KEY",
                            key.lines().skip(1).findFirst().orElseThrow());
        }
    }

    @Test
    void anotherKeyIsAClearErrorAndSecretsBelongToTheirRemote() {
        try (StateDatabase database = open()) {
            StoredRemotes remotes = new StoredRemotes(database, KEY, List.of());
            remotes.put(remote("a", new Credentials.Password("one")));
            remotes.put(remote("b", new Credentials.Password("two")));
            SecretBox other = new SecretBox(bytes(2));
            StoredRemotes others = new StoredRemotes(database, other, List.of());

            assertThatThrownBy(() -> others.find("a"))
                    .isInstanceOf(SecretKeyException.class)
                    .hasMessageContainingAll("remote a", KEY.keyId(), other.keyId(), "transfer.secretKeyFile");
            assertThatThrownBy(others::verify).isInstanceOf(SecretKeyException.class);

            database.inTransaction(handle -> handle.execute(
                    "UPDATE remotes SET secrets = (SELECT secrets FROM remotes WHERE name = 'b') WHERE name = 'a'"));
            assertThatThrownBy(() -> remotes.find("a")).isInstanceOf(SecretKeyException.class);
            assertThat(remotes.find("b")).isPresent();
        }
    }

    @Test
    void remotesInTheConfigurationComeFirstAndAreNotChanged() {
        Remote configured = remote("a", new Credentials.Agent());
        try (StateDatabase database = open()) {
            new StoredRemotes(database, KEY, List.of()).put(remote("a", new Credentials.Password("stored")));
            StoredRemotes remotes = new StoredRemotes(database, KEY, List.of(configured));
            remotes.put(remote("b", new Credentials.Agent()));

            assertThat(remotes.find("a")).contains(configured);
            assertThat(remotes.all()).containsExactly(configured, remote("b", new Credentials.Agent()));
            assertThat(remotes.isConfigured("a")).isTrue();
            assertThat(remotes.isConfigured("b")).isFalse();
            assertThatThrownBy(() -> remotes.put(configured))
                    .isInstanceOf(InvalidFieldsException.class)
                    .hasMessageContaining("configuration");
        }
    }

    @Test
    void capabilitiesAreRememberedUntilTheRemoteChanges() {
        Remote configured = remote("c", new Credentials.Agent());
        try (StateDatabase database = open()) {
            StoredRemotes remotes = new StoredRemotes(database, KEY, List.of(configured));
            remotes.put(remote("a", new Credentials.Password("one")));
            assertThat(remotes.capabilities("a")).isEmpty();
            remotes.remember("a", new Capabilities(Set.of(), false, Set.of()));
            remotes.remember("a", ABLE);
            remotes.remember("c", ABLE);
            remotes.remember("gone", ABLE);
            assertThat(remotes.capabilities("a")).contains(ABLE);
            assertThat(remotes.capabilities("c")).contains(ABLE);
            assertThat(remotes.capabilities("gone")).isEmpty();

            remotes.put(remote("a", new Credentials.Password("two")));
            assertThat(remotes.capabilities("a")).isEmpty();
            Remote changed = remote("c", new Credentials.Password("x"));
            assertThat(new StoredRemotes(database, KEY, List.of(changed)).capabilities("c"))
                    .isEmpty();
            assertThat(remotes.capabilities("c")).contains(ABLE);
        }
    }

    /** It has looked for less: how far files are written on the remote was not known. */
    @Test
    void whatAnEarlierVersionHasFoundIsLookedForAgain() {
        Remote remote = remote("a", new Credentials.Password("one"));
        try (StateDatabase database = open()) {
            StoredRemotes remotes = new StoredRemotes(database, KEY, List.of());
            remotes.put(remote);
            remotes.remember("a", ABLE);
            String earlier = KEY.digest(RemoteJson.show(remote) + RemoteJson.secrets(remote.credentials()));
            database.inTransaction(handle -> handle.createUpdate("UPDATE remote_capabilities SET digest = :digest")
                    .bind("digest", earlier)
                    .execute());
            assertThat(remotes.capabilities("a")).isEmpty();
            remotes.remember("a", ABLE);
            assertThat(remotes.capabilities("a")).contains(ABLE);
        }
    }
}
