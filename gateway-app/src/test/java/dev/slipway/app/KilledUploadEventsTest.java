package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.RunningClient;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A gateway that is killed around the end of an upload: its webhook is told of the upload if the store has it. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KilledUploadEventsTest {
    private static final int MIB = 1 << 20;
    private static final Duration LIMIT = Patience.LIMIT;
    private static final String CONFIRM = "the webhook is told";

    private record Message(String id, String body) {}

    @TempDir
    private Path directory;

    /** Between the gateways and the store. */
    private FaultProxy network;

    private HttpServer hooks;
    private final List<Message> messages = new CopyOnWriteArrayList<>();
    private volatile int status = 204;

    @BeforeEach
    void connect(S3Bucket bucket) throws IOException {
        network = FaultProxy.http(bucket.endpoint().uri());
        hooks = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hooks.createContext("/", this::receive);
        hooks.start();
    }

    @AfterEach
    void disconnect() throws IOException {
        hooks.stop(0);
        network.close();
    }

    private void receive(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            messages.add(new Message(exchange.getRequestHeaders().getFirst("webhook-id"), body));
            exchange.sendResponseHeaders(status, -1);
        }
    }

    /** Whether a request makes the file visible, whether it is stored in parts or not. */
    private static boolean isLast(HttpRequest request) {
        String target = request.target();
        boolean isPut = request.method().equals("PUT") && !target.contains("partNumber");
        boolean isCompletion = request.method().equals("POST") && target.contains("uploadId");
        return target.contains("/told") && (isPut || isCompletion);
    }

    private Path configuration(S3Bucket bucket) throws IOException {
        S3Bucket proxied = new S3Bucket(bucket.endpoint().at(network.uri()), bucket.name());
        String webhook = "{url: 'http://127.0.0.1:" + hooks.getAddress().getPort()
                + "/', secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, events: [uploaded]}";
        return ServeProcess.configuration(directory, proxied, "stat", "webhooks: [" + webhook + "]");
    }

    private ServeProcess start(String name, Path configuration) throws IOException {
        return ServeProcess.start(directory.resolve(name), configuration);
    }

    private static JsonNode data(Message message) {
        return JsonMapper.shared().readTree(message.body()).path("data");
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 11 * MIB})
    void afterTheStoreHasConfirmed(int size, S3Bucket bucket) throws Exception {
        Path file = Files.write(directory.resolve("told"), Bytes.random(1, size));
        Path configuration = configuration(bucket);
        try (BucketView stored = new BucketView(bucket);
                ServeProcess gateway = start("first.log", configuration)) {
            network.fail(KilledUploadEventsTest::isLast, new RequestFault.StallReply(0));
            try (RunningClient client = Protocol.SFTP
                    .upload(gateway.ports(), file, "told", Protocol.UNLIMITED)
                    .start()) {
                Patience.await("the store has it", () -> stored.keys().contains("told"));
                gateway.kill();
                client.await(LIMIT).assertFailure();
            }
            assertThat(messages).isEmpty();
        }
        network.pass();
        try (ServeProcess _ = start("second.log", configuration)) {
            Patience.await(CONFIRM, () -> !messages.isEmpty());
        }
        assertThat(messages).singleElement().satisfies(message -> {
            JsonNode data = data(message);
            assertThat(data.path("account").stringValue()).isEqualTo(Protocol.USER);
            assertThat(data.path("path").stringValue()).isEqualTo("/told");
            assertThat(data.path("bucket").stringValue()).isEqualTo(bucket.name());
            assertThat(data.path("size").asInt()).isEqualTo(size);
            assertThat(data.path("protocol").stringValue()).isEqualTo("sftp");
            assertThat(data.path("clientAddress").stringValue()).isEqualTo("127.0.0.1");
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 11 * MIB})
    void beforeTheStoreIsAsked(int size, S3Bucket bucket) throws Exception {
        Path file = Files.write(directory.resolve("told"), Bytes.random(1, size));
        Path configuration = configuration(bucket);
        try (ServeProcess gateway = start("first.log", configuration)) {
            HeldRequests last = network.hold(1, KilledUploadEventsTest::isLast);
            try (RunningClient client = Protocol.EXPLICIT_FTPS
                    .upload(gateway.ports(), file, "told", Protocol.UNLIMITED)
                    .start()) {
                last.awaitArrival(LIMIT);
                gateway.kill();
                client.await(LIMIT).assertFailure();
            }
        }
        // What the proxy holds would still reach the store.
        network.close();
        network = FaultProxy.http(bucket.endpoint().uri());
        Path other = Files.write(directory.resolve("other"), Bytes.random(2, 10));
        try (ServeProcess again = start("second.log", configuration(bucket))) {
            Protocol.SCP
                    .upload(again.ports(), other, "other", Protocol.UNLIMITED)
                    .run(LIMIT)
                    .assertSuccess();
            Patience.await(CONFIRM, () -> !messages.isEmpty());
        }
        assertThat(messages)
                .singleElement()
                .satisfies(message ->
                        assertThat(data(message).path("path").stringValue()).isEqualTo("/other"));
    }

    @Test
    void beforeTheWebhookAccepts(S3Bucket bucket) throws Exception {
        Path file = Files.write(directory.resolve("told"), Bytes.random(1, 1000));
        Path configuration = configuration(bucket);
        status = 500;
        try (ServeProcess gateway = start("first.log", configuration)) {
            Protocol.SCP
                    .upload(gateway.ports(), file, "told", Protocol.UNLIMITED)
                    .run(LIMIT)
                    .assertSuccess();
            Patience.await("an attempt", () -> !messages.isEmpty());
            gateway.kill();
        }
        Message refused = messages.getLast();
        messages.clear();
        status = 204;
        try (ServeProcess _ = start("second.log", configuration)) {
            Patience.await(CONFIRM, () -> !messages.isEmpty());
        }
        assertThat(messages).containsExactly(refused);
    }
}
