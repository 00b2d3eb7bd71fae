package dev.slipway.transfer.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class RemoteJsonTest {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final String FINGERPRINT = "SHA256:" + "a".repeat(43);

    private static ObjectNode json() {
        ObjectNode json = MAPPER.createObjectNode();
        json.put("name", "vault")
                .put("host", "vault.example")
                .put("user", "ann")
                .put("password", "secret");
        json.putArray("hostKeys").add(FINGERPRINT);
        return json;
    }

    @Test
    void missingValuesHaveDefaults() {
        assertThat(RemoteJson.read(json(), null))
                .isEqualTo(new Remote(
                        "vault",
                        "vault.example",
                        22,
                        "ann",
                        new Credentials.Password("secret"),
                        List.of(FINGERPRINT),
                        List.of(),
                        TransferMode.AUTO,
                        Remote.DEFAULT_MAX_JOBS,
                        Remote.DEFAULT_MAX_CHANNELS,
                        OptionalInt.empty(),
                        ""));
    }

    @Test
    void shownRemotesHaveNoSecretsAndRoundTrip() {
        ObjectNode json = json();
        json.put("port", 2022)
                .put("mode", "direct")
                .put("freeSpacePercentage", 7)
                .put("fileSystem", "/in");
        json.putArray("folders").add("/in");
        Remote remote = RemoteJson.read(json, null);

        ObjectNode shown = RemoteJson.show(remote);

        assertThat(shown.toString()).contains("\"authentication\":\"password\"").doesNotContain("secret");
        assertThat(RemoteJson.read(shown, remote)).isEqualTo(remote);
        assertThat(RemoteJson.read(MAPPER.createObjectNode().put("maxJobs", 9), remote))
                .isEqualTo(RemoteJson.read(json.put("maxJobs", 9), null));
        assertThat(RemoteJson.read(
                        MAPPER.readTree("{\"authentication\":\"agent\",\"freeSpacePercentage\":null}"), remote))
                .extracting(Remote::credentials, Remote::freeSpacePercentage)
                .containsExactly(new Credentials.Agent(), OptionalInt.empty());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    {"name": "a b"} | name must be 1 to 64 letters
                    {"host": "a b"} | host must be an address
                    {"host": 5} | host must be a string
                    {"port": 0} | port must be from 1 to 65535
                    {"port": "22"} | port must be a whole number
                    {"user": ""} | user must be
                    {"hostKeys": []} | hostKeys must have at least one
                    {"hostKeys": ["SHA256:abc"]} | hostKeys[0] must be a fingerprint
                    {"hostKeys": ["ssh-ed25519 AAAA"]} | hostKeys[0] must be a public key
                    {"hostKeys": ["@cert-authority SHA256:abc"]} | hostKeys[0] must be a public key
                    {"hostKeys": "SHA256:abc"} | hostKeys must be a list
                    {"folders": ["in"]} | folders[0] must be an absolute path
                    {"folders": ["/in/../etc"]} | folders[0] must be an absolute path
                    {"mode": "fast"} | mode must be auto, direct or streaming
                    {"maxJobs": 0} | maxJobs must be from 1
                    {"maxChannels": 65} | maxChannels must be from 1 to 64
                    {"freeSpacePercentage": 101} | freeSpacePercentage must be from 0 to 100
                    {"fileSystem": "in"} | fileSystem must be an absolute path
                    {"key": "x"} | password cannot be used together with key
                    {"passphrase": "x"} | passphrase requires key
                    {"authentication": "key"} | authentication must be password
                    {"authentication": "magic", "password": null} | authentication must be
                    {"hostkeys": []} | hostkeys is not a field of a remote
                    """)
    void problemsAreReportedByField(String change, String message) {
        ObjectNode json = json();
        json.setAll((ObjectNode) MAPPER.readTree(change));

        assertThatThrownBy(() -> RemoteJson.read(json, null))
                .isInstanceOf(InvalidRemoteException.class)
                .hasMessageContaining(message);
    }

    @Test
    void allProblemsAreReportedTogether() {
        JsonNode json = MAPPER.readTree("{\"port\": 0, \"key\": \"no key\"}");

        assertThatThrownBy(() -> RemoteJson.read(json, null))
                .isInstanceOfSatisfying(
                        InvalidRemoteException.class,
                        e -> assertThat(e.problems())
                                .extracting(RemoteProblem::field)
                                .containsExactlyInAnyOrder("name", "host", "port", "user", "key", "hostKeys"));
    }

    @ParameterizedTest
    @CsvSource({
        "/in/file, true",
        "/in/a/b, true",
        "/in, false",
        "/in/, false",
        "/inside/file, false",
        "/in/../etc/passwd, false",
        "in/file, false",
        "/out/box/file, true",
        "/out/file, false"
    })
    void nothingIsWrittenOutsideOfTheFolders(String path, boolean allowed) {
        ObjectNode json = json();
        json.putArray("folders").add("/in").add("/out/box/");

        assertThat(RemoteRules.allows(RemoteJson.read(json, null), path)).isEqualTo(allowed);
    }
}
