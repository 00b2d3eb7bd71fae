package dev.slipway.transfer.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.FieldProblem;
import dev.slipway.core.InvalidFieldsException;
import dev.slipway.transfer.json.JsonBody;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class RemoteJsonTest {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final String FINGERPRINT = "SHA256:" + "a".repeat(43);

    private static Remote read(JsonNode json, @Nullable Remote earlier) {
        return RemoteJson.read(JsonBody.strict(json), earlier);
    }

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
        assertThat(read(json(), null))
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
        Remote remote = read(json, null);

        ObjectNode shown = RemoteJson.show(remote);

        assertThat(shown.toString()).contains("\"authentication\":\"password\"").doesNotContain("secret");
        assertThat(read(shown, remote)).isEqualTo(remote);
        assertThat(read(MAPPER.createObjectNode().put("maxJobs", 9), remote))
                .isEqualTo(read(json.put("maxJobs", 9), null));
        assertThat(read(MAPPER.readTree("{\"authentication\":\"agent\",\"freeSpacePercentage\":null}"), remote))
                .extracting(Remote::credentials, Remote::freeSpacePercentage)
                .containsExactly(new Credentials.Agent(), OptionalInt.empty());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    {"name": "a b"} | name: 'a b' is not valid; expected 1 to 64 letters
                    {"host": "a b"} | host: 'a b' is not valid; expected an address
                    {"host": 5} | host: it is a number; expected an address
                    {"port": 0} | port: it is 0; expected a whole number from 1 to 65535
                    {"port": "22"} | port: it is a string; expected a whole number
                    {"user": ""} | user: it is empty; expected a login name
                    {"hostKeys": []} | hostKeys: there is none; expected at least one
                    {"hostKeys": ["SHA256:abc"]} | hostKeys[0]: 'SHA256:abc' is not valid; expected a fingerprint
                    {"hostKeys": ["ssh-ed25519 AAAA"]} | is not valid; expected a public key
                    {"hostKeys": ["@cert-authority SHA256:abc"]} | is not valid; expected a public key
                    {"hostKeys": "SHA256:abc"} | hostKeys: it is a string; expected at least one
                    {"folders": ["in"]} | is not valid; expected an absolute path without '.' and '..'
                    {"folders": ["/in/../etc"]} | is not valid; expected an absolute path without '.' and '..'
                    {"mode": "fast"} | mode: 'fast' is not one of them; expected one of auto, direct, streaming
                    {"maxJobs": 0} | maxJobs: it is 0; expected a whole number from 1
                    {"maxChannels": 65} | maxChannels: it is 65; expected a whole number from 1 to 64
                    {"freeSpacePercentage": 101} | freeSpacePercentage: it is 101; expected a whole number from 0 to 100
                    {"fileSystem": "in"} | fileSystem: 'in' is not valid; expected an absolute path
                    {"key": "x"} | password: it cannot be used together with key
                    {"passphrase": "x"} | passphrase: it is given without a key
                    {"authentication": "key"} | authentication: it is key, but a password is given; expected password
                    {"authentication": "magic", "password": null} | authentication: 'magic' is not one of them
                    {"hostkeys": []} | hostkeys: unknown field; expected one of authentication
                    """)
    void problemsAreReportedByField(String change, String message) {
        ObjectNode json = json();
        json.setAll((ObjectNode) MAPPER.readTree(change));

        assertThatThrownBy(() -> read(json, null))
                .isInstanceOf(InvalidFieldsException.class)
                .hasMessageContaining(message);
    }

    @Test
    void allProblemsAreReportedTogether() {
        JsonNode json = MAPPER.readTree("{\"port\": 0, \"key\": \"no key\"}");

        assertThatThrownBy(() -> read(json, null))
                .isInstanceOfSatisfying(
                        InvalidFieldsException.class,
                        e -> assertThat(e.problems())
                                .extracting(FieldProblem::field)
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

        assertThat(RemoteRules.allows(read(json, null), path)).isEqualTo(allowed);
    }
}
