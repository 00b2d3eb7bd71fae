package dev.slipway.transfer.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP.BasicProperties;
import dev.slipway.transfer.push.PushOrder;
import dev.slipway.transfer.remote.Credentials;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The meaning of messages, and their problems. */
class OrderMessageTest {
    static final String BARE = "{\"source\":{\"domain\":{\"name\":\"s3.example.com\"},\"bucket\":{\"name\":\"media\"},"
            + "\"object\":{\"key\":\"reels/a b.mxf\"}},\"destination\":{\"path\":\"/in/a b.mxf\"}}";
    static final String URL =
            "{\"source\":{\"url\":\"https://s3.example.com/media/reel.mxf?X-Amz-Signature=S1GN\",\"headers\":{\"host\":\"media.example.com\"}},\"destination\":{\"host\":\"vault.example.com\",\"path\":\"/in/reel.mxf\",\"credentials\":{\"username\":\"ann\",\"password\":\"hunter2\"}},\"outcome\":{\"exchange\":\"events\",\"routing-key\":\"done\"}}";

    private static final BasicProperties NONE = new BasicProperties.Builder().build();
    private static final KeptRemotes REMOTES = new KeptRemotes(
            KeptRemotes.remote("ssh", "files.example.com", 22, KeptRemotes.HOST_KEY),
            KeptRemotes.remote("vault", "vault.example.com", 22, KeptRemotes.HOST_KEY),
            KeptRemotes.remote("twin-a", "twin.example.com", 22, KeptRemotes.HOST_KEY),
            KeptRemotes.remote("twin-b", "twin.example.com", 2222, KeptRemotes.HOST_KEY));

    private static OrderMessage read(BasicProperties properties, String body) {
        return OrderMessage.read(properties, body.getBytes(StandardCharsets.UTF_8));
    }

    private static PushOrder order(OrderMessage message) throws OrderMessageException {
        return message.order("job-1", new OrderRules(REMOTES, "ssh", Set.of("s3.example.com"), Set.of()));
    }

    private static PushOrder order(String body) throws OrderMessageException {
        return order(read(NONE, body));
    }

    private static String event(String data) {
        return "{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"/mam\",\"type\":\"order\",\"correlation_id\":\"c-1\","
                + data + "}";
    }

    @Test
    void anObjectGoesToTheDefaultRemote() throws Exception {
        PushOrder order = order(BARE);
        assertThat(order.source()).isEqualTo("media:reels/a b.mxf");
        assertThat(order.destination()).isEqualTo("ssh:/in/a b.mxf");
        assertThat(order.remote()).isNull();
        assertThat(order.overwrite()).isFalse();
        assertThat(order.submitter()).isEqualTo("amqp");
        assertThat(order.id()).isEqualTo("job-1");
    }

    @Test
    void keysAreTakenLiterally() throws Exception {
        assertThat(order(BARE.replace("reels/a b.mxf", "reels/[a]*?\\\\b.mxf")).source())
                .isEqualTo("media:reels/[a]\\*\\?\\\\b.mxf");
    }

    @Test
    void oversizedMessagesAreInvalid() {
        assertThatThrownBy(() -> order(BARE + " ".repeat(256 << 10))).hasMessageContaining("more than 262144 bytes");
    }

    @Test
    void aUrlGoesToTheHostWithItsKnownKeyAndTheCredentialsOfTheMessage() throws Exception {
        OrderMessage message = read(NONE, URL);
        PushOrder order = order(message);
        assertThat(order.source()).isEqualTo("https://s3.example.com/media/reel.mxf?X-Amz-Signature=S1GN");
        assertThat(order.headers()).containsExactly(Map.entry("host", "media.example.com"));
        assertThat(order.destination()).isEqualTo("/in/reel.mxf");
        assertThat(order.remote()).satisfies(remote -> {
            assertThat(remote.host()).isEqualTo("vault.example.com");
            assertThat(remote.user()).isEqualTo("ann");
            assertThat(remote.credentials()).isEqualTo(new Credentials.Password("hunter2"));
            assertThat(remote.hostKeys()).containsExactly(KeptRemotes.HOST_KEY);
            assertThat(remote.folders()).containsExactly("/in");
        });
        assertThat(message.reply("")).isEqualTo(new PublishAddress("events", "done"));
        assertThat(message.source()).isEqualTo("https://s3.example.com/media/reel.mxf");
        assertThat(message.destination()).isEqualTo("vault.example.com:/in/reel.mxf");
    }

    @ParameterizedTest
    @ValueSource(strings = {"object", "text", "base64"})
    void aStructuredEventHasItInItsData(String form) throws Exception {
        String data = switch (form) {
            case "object" -> "\"data\":" + BARE;
            case "text" -> "\"data\":\"" + BARE.replace("\"", "\\\"") + "\"";
            default ->
                "\"data_base64\":\"" + Base64.getEncoder().encodeToString(BARE.getBytes(StandardCharsets.UTF_8)) + "\"";
        };
        OrderMessage message = read(NONE, event(data));
        assertThat(order(message).source()).isEqualTo("media:reels/a b.mxf");
        assertThat(order(message).correlation()).isEqualTo("c-1");
        assertThat(message.identity()).isEqualTo("event /mam e-1");
    }

    @Test
    void aBinaryEventHasItsAttributesInTheHeaders() throws Exception {
        OrderMessage message = read(
                new BasicProperties.Builder()
                        .contentType("application/json")
                        .headers(Map.of(
                                "cloudEvents:id", "e-1",
                                "cloudEvents:source", "/mam",
                                "cloudEvents:correlationid", "c-1"))
                        .build(),
                BARE);
        assertThat(order(message).correlation()).isEqualTo("c-1");
        assertThat(message.identity()).isEqualTo("event /mam e-1");
    }

    @Test
    void theMessageIdTakesPrecedenceAndIsUniquePerQueue() {
        BasicProperties properties =
                new BasicProperties.Builder().messageId("m-1").build();
        assertThat(read(properties, event("\"data\":" + BARE)).identity()).isEqualTo("message m-1");
        assertThat(read(properties, BARE).correlation()).isEqualTo("m-1");
        assertThat(read(NONE, BARE).identity()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"exchange":"x","routingKey":"k"}  |        | x      | k
            {"queue":"q"}                      | events |        | q
            {"pulsar-topic":"t"}               | events | events | t
            {"pulsar-topic":"t"}               |        |        | back
            {"topic":"t"}                      | events |        | back
            {}                                 | events |        | back
            """)
    void outcomesGoToTheMessagesDestination(String outcome, String exchange, String expected, String key) {
        BasicProperties properties =
                new BasicProperties.Builder().replyTo("back").build();
        String body = BARE.substring(0, BARE.length() - 1) + ",\"outcome\":" + outcome + "}";
        assertThat(read(properties, body).reply(exchange == null ? "" : exchange))
                .isEqualTo(new PublishAddress(expected == null ? "" : expected, key));
    }

    @Test
    void messagesWithoutAnOutcomeHaveNoDestination() {
        assertThat(read(NONE, BARE).reply("events")).isNull();
        assertThat(read(NONE, "no JSON").reply("events")).isNull();
    }

    @ParameterizedTest
    @CsvSource({"twin-b, 'twin-b:/in/x'", "ssh, no remote with the host has that name"})
    void ofSeveralRemotesWithAHostOneMustBeNamed(String credentials, String expected) {
        String body =
                "{\"source\":{\"url\":\"http://h/x\"},\"destination\":{\"host\":\"TWIN.example.com\",\"path\":\"/in/x\",\"credentials\":\""
                        + credentials + "\"}}";
        if (expected.contains(":")) {
            assertThat(assertOrder(body).destination()).isEqualTo(expected);
        } else {
            assertThatThrownBy(() -> order(body)).hasMessageContaining(expected);
        }
    }

    private static PushOrder assertOrder(String body) {
        try {
            return order(body);
        } catch (OrderMessageException e) {
            throw new AssertionError(e);
        }
    }

    /** Another login than the one that the message means would be used without a word. */
    @Test
    void pathsOfASecretStoreAreRefusedByName() {
        assertThatThrownBy(() -> order(URL.replaceAll("\\{\"username.*?}", "\"secret/ann\"")))
                .hasMessageContaining(
                        "destination.credentials: no remote with the host has that name; paths of a secret"
                                + " store, such as Vault, are not read");
        assertThatThrownBy(() -> order(URL.replace("\"headers\"", "\"credentials\":\"secret/ann\",\"headers\"")))
                .hasMessageContaining("source.credentials: paths of a secret store, such as Vault, are not read");
        assertThat(assertOrder(URL.replaceAll("\\{\"username.*?}", "\"vault\"")).destination())
                .isEqualTo("vault:/in/reel.mxf");
    }

    @ParameterizedTest
    @CsvSource({
        "s3.example.com, true",
        "S3.EXAMPLE.com, true",
        "media.s3.example.com, true",
        "other.s3.example.com, false",
        "elsewhere.example.com, false"
    })
    void onlyTheGatewaysStoreIsADomain(String domain, boolean isStore) {
        String body = BARE.replace("s3.example.com", domain);
        if (isStore) {
            assertThat(assertOrder(body).source()).startsWith("media:");
        } else {
            assertThatThrownBy(() -> order(body))
                    .hasMessageContaining("source.domain.name: it is not the gateway's store; expected s3.example.com");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            hunter2                                                                                       | not JSON
            {"hunter2                                                                                     | not JSON
            []                                                                                            | no JSON object
            "hunter2"                                                                                     | no JSON object
            {}                                                                                            | source: it is missing
            {"source":{},"destination":{}}                                                                | destination.path: it is missing
            {"source":{},"destination":{"path":"in/x"}}                                                   | destination.path: it is not absolute; expected an absolute path
            {"source":{},"destination":{"path":"/in/x"}}                                                  | source.bucket: it is missing
            {"source":{"bucket":{"name":"b"}},"destination":{"path":"/in/x"}}                             | source.object: it is missing
            {"source":{"bucket":{"name":7},"object":{"key":"k"}},"destination":{"path":"/in/x"}}          | source.bucket.name: it is a number; expected 3 to 255 letters
            {"source":{"bucket":{"name":"a@b"},"object":{"key":"k"}},"destination":{"path":"/in/x"}}      | source.bucket.name: it is not a valid bucket name
            {"source":{"bucket":{"name":"abc"},"object":{"key":"k/"}},"destination":{"path":"/in/x"}}     | one object
            {"source":{"url":"file:///etc/hunter2"},"destination":{"path":"/in/x"}}                       | source.url: Slipway does not fetch from file: URLs
            {"source":{"url":"ftp://h/x"},"destination":{"path":"/in/x"}}                                 | source.url: Slipway does not fetch from ftp: URLs
            {"source":{"url":"http://u:hunter2@h/"},"destination":{"path":"/in/x"}}                       | source.url: it is not valid; expected a URL
            {"source":{"url":"http://h/","headers":{"a b":"c"}},"destination":{"path":"/in/x"}}           | invalid header name
            {"source":{"url":"http://h/","headers":{"a":"b\\nc: hunter2"}},"destination":{"path":"/in/x"}} | source.headers.a: it is not valid; expected a single line
            {"source":{"url":"http://h/","credentials":"x"},"destination":{"path":"/in/x"}}               | source.credentials
            {"source":{"url":"http://h/"},"destination":{"host":"elsewhere","path":"/in/x"}}              | destination.host: no remote has the host
            {"source":{"url":"http://h/"},"destination":{"host":"vault.example.com","port":23,"path":"/in/x"}} | destination.host: no remote has the host
            {"source":{"url":"http://h/"},"destination":{"host":"vault.example.com","path":"/in/x","credentials":{"password":"hunter2"}}} | destination.credentials: it is not valid; expected an object that has a username
            {"source":{"url":"http://h/"},"destination":{"host":"vault.example.com","path":"/in/x","credentials":7}} | neither an object
            {"source":{"url":"http://h/"},"source":{},"destination":{"path":"/in/x"}}                     | not JSON
            """)
    void invalidMessagesSayWhyWithoutSecrets(String body, String expected) {
        assertThatThrownBy(() -> order(body))
                .isInstanceOf(OrderMessageException.class)
                .hasMessageContaining(expected)
                .hasMessageNotContaining("hunter2")
                .hasNoCause();
    }

    @Test
    void allProblemsAreReportedTogether() {
        assertThatThrownBy(() -> order(
                        "{\"source\":{\"bucket\":{},\"object\":{\"key\":\"k/\"}},\"destination\":{\"port\":\"x\"}}"))
                .hasMessageContainingAll(
                        "source.bucket.name: it is missing",
                        "source.object.key: it ends with /",
                        "destination.port: it is a string",
                        "destination.path: it is missing");
    }

    @Test
    void withoutADefaultRemoteAHostIsNeeded() {
        assertThatThrownBy(() -> read(NONE, BARE)
                        .order("job-1", new OrderRules(new KeptRemotes(), "ssh", Set.of("s3.example.com"), Set.of())))
                .hasMessageContaining("no remote is named ssh");
    }
}
