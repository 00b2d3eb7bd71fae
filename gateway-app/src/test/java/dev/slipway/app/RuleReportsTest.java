package dev.slipway.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobFilter;
import dev.slipway.transfer.job.JobState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Rules that tag files and report them, also if the gateway is killed in between. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RuleReportsTest {
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private record Message(String id, String signature, JsonNode data) {}

    @TempDir
    private Path directory;

    private HttpServer hooks;
    private final List<Message> messages = new CopyOnWriteArrayList<>();
    private final CountDownLatch answers = new CountDownLatch(1);
    private volatile int status = 204;
    private volatile boolean held;

    @BeforeEach
    void listen() throws IOException {
        hooks = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hooks.createContext("/", this::receive);
        hooks.start();
    }

    @AfterEach
    void stop() {
        answers.countDown();
        hooks.stop(0);
    }

    private void receive(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            messages.add(new Message(
                    exchange.getRequestHeaders().getFirst("webhook-id"),
                    exchange.getRequestHeaders().getFirst("webhook-signature"),
                    JsonMapper.shared().readTree(body).path("data")));
            if (held && !answers.await(Patience.TEST_SECONDS, TimeUnit.SECONDS)) {
                return;
            }
            exchange.sendResponseHeaders(status, -1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String url() {
        return "http://127.0.0.1:" + hooks.getAddress().getPort() + "/told";
    }

    private void upload(Protocol.ListenPorts ports, String name) throws Exception {
        Path file = Files.writeString(directory.resolve(name), "content");
        Protocol.SFTP
                .upload(ports, file, name, Protocol.UNLIMITED)
                .run(Patience.LIMIT)
                .assertSuccess();
    }

    private Job ended(Gateway gateway) throws InterruptedException {
        Patience.await(
                "the job ends",
                () -> gateway.jobs().list(JobFilter.in(Set.of(), 10)).stream()
                        .anyMatch(job -> job.state().isEnd()));
        return gateway.jobs().list(JobFilter.in(Set.of(), 10)).getFirst();
    }

    @Test
    void aFileIsTaggedMovedAndReported(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                        .set("rules[0].name", "arrival")
                        .set("rules[0].paths", "/*.csv")
                        .set("rules[0].steps[0].action", "tag")
                        .set("rules[0].steps[0].tags", "type=invoice, from={account}")
                        .set("rules[0].steps[1].action", "tag")
                        .set("rules[0].steps[1].tags", "type=checked")
                        .set("rules[0].steps[2].action", "move")
                        .set("rules[0].steps[2].to", "done/{name}")
                        .set("rules[0].steps[3].action", "webhook")
                        .set("rules[0].steps[3].url", url())
                        .set("rules[0].steps[3].secret", SECRET)
                        .set("rules[0].steps[3].message", "{name} came from {account}")
                        .start()) {
            upload(Protocol.ListenPorts.of(gateway), "march.csv");
            Job job = ended(gateway);

            assertThat(job.message()).isEqualTo("4 steps of rule arrival");
            assertThat(stored.tags("done/march.csv"))
                    .containsOnlyKeys("type", "from")
                    .containsEntry("type", "checked")
                    .containsEntry("from", Protocol.USER);
            assertThat(messages).singleElement().satisfies(message -> {
                assertThat(message.signature()).startsWith("v1,");
                assertThat(message.data().path("rule").stringValue()).isEqualTo("arrival");
                assertThat(message.data().path("key").stringValue()).isEqualTo("done/march.csv");
                assertThat(message.data().path("message").stringValue())
                        .isEqualTo("march.csv came from " + Protocol.USER);
            });
        }
    }

    @Test
    void aReceiverThatWantsNoMoreFailsTheJobAndCanBeRetried(S3Bucket bucket) throws Exception {
        status = 410;
        try (Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                .set("rules[0].name", "arrival")
                .set("rules[0].steps[0].action", "webhook")
                .set("rules[0].steps[0].url", url())
                .set("rules[0].steps[0].secret", SECRET)
                .start()) {
            upload(Protocol.ListenPorts.of(gateway), "march.csv");
            Job job = ended(gateway);
            assertThat(job.message())
                    .contains("step 1, webhook: ", "answered 410")
                    .doesNotContain("/told");

            status = 204;
            assertThat(gateway.jobs().retry(job.id())).isTrue();
            Patience.await("it is told again", () -> messages.size() == 2);
            // A receiver that had it can tell.
            assertThat(messages.get(0).id()).isEqualTo(messages.get(1).id());
        }
    }

    @Test
    void aFileThatIsReplacedWhileItsRuleRunsIsLeftToTheJobOfTheNewOne(S3Bucket bucket) throws Exception {
        held = true;
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                        .set("rules[0].name", "arrival")
                        .set("rules[0].paths", "/*.csv")
                        .set("rules[0].steps[0].action", "webhook")
                        .set("rules[0].steps[0].url", url())
                        .set("rules[0].steps[0].secret", SECRET)
                        .set("rules[0].steps[1].action", "move")
                        .set("rules[0].steps[1].to", "done/{job}")
                        .start()) {
            upload(Protocol.ListenPorts.of(gateway), "march.csv");
            Patience.await("the first one is told", () -> messages.size() == 1);
            Path newer = Files.writeString(directory.resolve("newer"), "newer content");
            Protocol.SFTP
                    .upload(Protocol.ListenPorts.of(gateway), newer, "march.csv", Protocol.UNLIMITED)
                    .run(Patience.LIMIT)
                    .assertSuccess();
            held = false;
            answers.countDown();
            Patience.await(
                    "both jobs end",
                    () -> gateway.jobs()
                                    .list(JobFilter.in(Set.of(JobState.SUCCEEDED), 10))
                                    .size()
                            == 2);

            assertThat(gateway.jobs().list(JobFilter.in(Set.of(), 10)))
                    .extracting(Job::message)
                    .containsExactlyInAnyOrder(
                            "2 steps of rule arrival", "the file was replaced meanwhile, by one with a job of its own");
            assertThat(stored.keys())
                    .filteredOn(key -> !key.endsWith("/"))
                    .singleElement()
                    .satisfies(
                            key -> assertThat(stored.get(key)).asString(UTF_8).isEqualTo("newer content"));
        }
    }

    @Test
    void aGatewayThatIsKilledWhileItReportsDoesSoAgain(S3Bucket bucket) throws Exception {
        held = true;
        Path configuration = ServeProcess.configuration(
                directory,
                bucket,
                "stat",
                "rules: [{name: arrival, steps: [{action: webhook, url: '" + url() + "', secret: " + SECRET
                        + "}, {action: move, to: 'done/{name}'}]}]");
        try (BucketView stored = new BucketView(bucket)) {
            try (ServeProcess gateway = ServeProcess.start(directory.resolve("first.log"), configuration)) {
                upload(gateway.ports(), "march.csv");
                Patience.await("it is told", () -> messages.size() == 1);
                gateway.kill();
            }
            held = false;
            answers.countDown();
            try (ServeProcess _ = ServeProcess.start(directory.resolve("second.log"), configuration)) {
                Patience.await("the rule is done", () -> stored.keys().contains("done/march.csv"));
            }
            assertThat(messages)
                    .hasSize(2)
                    .extracting(Message::id)
                    .containsOnly(messages.getFirst().id());
        }
    }

    @Test
    void aGatewayThatIsKilledWhileItTagsDoesSoAgain(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                FaultProxy network = FaultProxy.http(bucket.endpoint().uri())) {
            S3Bucket proxied = new S3Bucket(bucket.endpoint().at(network.uri()), bucket.name());
            Path configuration = ServeProcess.configuration(
                    directory,
                    proxied,
                    "stat",
                    "rules: [{name: arrival, steps: [{action: tag, tags: [type=invoice]}, {action: move, to:"
                            + " 'done/{name}'}]}]");
            network.fail(
                    request ->
                            request.method().equals("PUT") && request.target().contains("?tagging"),
                    new RequestFault.StallReply(0));
            try (ServeProcess gateway = ServeProcess.start(directory.resolve("first.log"), configuration)) {
                upload(gateway.ports(), "march.csv");
                Patience.await(
                        "the store has the tag", () -> !stored.tags("march.csv").isEmpty());
                gateway.kill();
            }
            network.pass();
            try (ServeProcess _ = ServeProcess.start(directory.resolve("second.log"), configuration)) {
                Patience.await(
                        "the rule is done",
                        () -> stored.keys().contains("done/march.csv")
                                && !stored.keys().contains("march.csv"));
            }
            assertThat(stored.tags("done/march.csv")).containsEntry("type", "invoice");
        }
    }
}
