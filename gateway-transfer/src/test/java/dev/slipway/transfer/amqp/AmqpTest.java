package dev.slipway.transfer.amqp;

import static dev.slipway.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.net.Authorities;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RabbitBroker;
import dev.slipway.testing.RabbitMq;
import dev.slipway.testing.RabbitServer;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobEngine;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobFilter;
import dev.slipway.transfer.job.JobKind;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobSettings;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.outcome.DeliveryTimes;
import dev.slipway.transfer.outcome.EndedJobs;
import dev.slipway.transfer.outcome.Outcomes;
import dev.slipway.transfer.push.PushOrder;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.SecretBox;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Orders and outcomes with a real broker. */
@RabbitMq
class AmqpTest {
    private static final Duration TIMEOUT = Patience.LIMIT;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);
    private static final DeliveryTimes QUICK = new DeliveryTimes(
            Duration.ofMillis(50), Duration.ofMillis(500), Duration.ofMinutes(5), Duration.ofMinutes(5));

    private static final SecretBox SECRETS = new SecretBox(new byte[SecretBox.KEY_LENGTH]);

    private final RabbitBroker broker;
    private final String unique = UUID.randomUUID().toString();
    private final String queue = "orders-" + unique;
    private final String outcomeQueue = "outcomes-" + unique;
    private final List<GatewayEvent> published = new CopyOnWriteArrayList<>();
    private final KeptRemotes remotes = new KeptRemotes(
            KeptRemotes.remote("ssh", "files.example.com", 22, KeptRemotes.HOST_KEY),
            KeptRemotes.remote("vault", "vault.example.com", 22, KeptRemotes.HOST_KEY));

    @TempDir
    private Path folder;

    private @Nullable Gateway gateway;

    AmqpTest(RabbitBroker broker) {
        this.broker = broker;
    }

    /** The parts of a gateway under test. */
    private static final class Gateway implements AutoCloseable {
        private final StateDatabase database;
        private final KeptPushes pushes;
        private final Outcomes outcomes;
        private final AmqpOrders orders;

        private Gateway(Path state, AmqpBroker broker, KeptRemotes remotes, List<GatewayEvent> published) {
            database = StateDatabase.open(state);
            pushes = new KeptPushes(database);
            Events events = new Events();
            events.subscribe(published::add);
            outcomes = new Outcomes(
                    database, List.of(new AmqpOutcomes(broker, database)), events, QUICK, Clock.systemUTC());
            orders = new AmqpOrders(
                    broker, pushes, _ -> false, rules(broker, remotes), outcomes, database, SECRETS, Clock.systemUTC());
            outcomes.start();
            orders.start();
        }

        @Override
        public void close() {
            orders.close();
            outcomes.close();
            database.close();
        }
    }

    private static OrderRules rules(AmqpBroker broker, KeptRemotes remotes) {
        return OrderRules.of(broker.settings(), remotes, List.of(URI.create("https://s3.example.com")));
    }

    private AmqpBroker broker(int port) {
        return broker(port, null);
    }

    private AmqpBroker broker(int port, @Nullable SSLContext tls) {
        return new AmqpBroker(settings(port).build(), tls, FIRST_PAUSE, LONGEST_PAUSE);
    }

    private SettingsBuilder<AmqpSettings> settings(int port) {
        return AmqpSettings.builder()
                .set("host", broker.host())
                .set("port", port)
                .set("username", broker.user())
                .set("password", broker.password())
                .set("queue", queue)
                .set("outcomeRoutingKey", outcomeQueue);
    }

    private Gateway start(int port) {
        return start(broker(port));
    }

    private Gateway start(AmqpBroker address) {
        Gateway started = new Gateway(folder.resolve("state.db"), address, remotes, published);
        gateway = started;
        return started;
    }

    @AfterEach
    void stop() {
        if (gateway != null) {
            gateway.close();
        }
    }

    private static Connection connect(RabbitBroker broker) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost(broker.host());
        factory.setPort(broker.port());
        factory.setUsername(broker.user());
        factory.setPassword(broker.password());
        return factory.newConnection();
    }

    private void declare(Channel channel) throws Exception {
        channel.exchangeDeclare("dead-" + unique, "fanout", true);
        channel.queueDeclare("dead-" + unique, true, false, false, null);
        channel.queueBind("dead-" + unique, "dead-" + unique, "");
        channel.queueDeclare(queue, true, false, false, Map.of("x-dead-letter-exchange", "dead-" + unique));
        channel.queueDeclare(outcomeQueue, true, false, false, null);
    }

    private void send(Channel channel, BasicProperties properties, String body) throws Exception {
        channel.confirmSelect();
        channel.basicPublish("", queue, properties, body.getBytes(StandardCharsets.UTF_8));
        channel.waitForConfirmsOrDie(TIMEOUT.toMillis());
    }

    private static BasicProperties withId(String id) {
        return MessageProperties.PERSISTENT_BASIC.builder().messageId(id).build();
    }

    private static GetResponse get(Channel channel, String from) throws Exception {
        Instant end = Instant.now().plus(TIMEOUT);
        while (Instant.now().isBefore(end)) {
            GetResponse got = channel.basicGet(from, true);
            if (got != null) {
                return got;
            }
            LockSupport.parkNanos(20_000_000);
        }
        throw new AssertionError("nothing came to " + from);
    }

    private static JsonNode event(GetResponse message) {
        return JsonMapper.shared().readTree(message.getBody());
    }

    /** Checks that the queue is empty, with no unacknowledged messages. */
    private void assertEverythingIsSettled(Channel channel) throws Exception {
        Objects.requireNonNull(gateway).close();
        gateway = null;
        assertThat(channel.messageCount(queue)).isZero();
    }

    @Test
    void messagesOfBothKindsBecomeOrders() throws Exception {
        try (Connection connection = connect(broker);
                Channel channel = connection.createChannel()) {
            declare(channel);
            Gateway running = start(broker.port());
            send(channel, withId("m-1"), OrderMessageTest.BARE);
            PushOrder object = running.pushes.next();
            assertThat(object.source()).isEqualTo("media:reels/a b.mxf");
            assertThat(object.destination()).isEqualTo("ssh:/in/a b.mxf");

            send(
                    channel,
                    MessageProperties.PERSISTENT_BASIC
                            .builder()
                            .contentType("application/cloudevents+json")
                            .build(),
                    "{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"/mam\",\"type\":\"order\","
                            + "\"correlationid\":\"c-1\",\"data\":" + OrderMessageTest.URL + "}");
            PushOrder url = running.pushes.next();
            assertThat(url.remote()).isNotNull();
            assertThat(url.correlation()).isEqualTo("c-1");
            assertThat(url.id()).startsWith("amqp-").isNotEqualTo(object.id());

            send(channel, withId("m-1"), OrderMessageTest.BARE);
            assertThat(running.pushes.next().id())
                    .as("the same message, sent again")
                    .isEqualTo(object.id());
            assertEverythingIsSettled(channel);
        }
    }

    /** With the real engine, from the message to its outcome. */
    @Test
    void aRedeliveredMessageIsOneJobWithOneOutcome() throws Exception {
        AmqpBroker address = broker(broker.port());
        Events events = new Events();
        events.subscribe(published::add);
        try (Connection connection = connect(broker);
                Channel channel = connection.createChannel();
                StateDatabase database = StateDatabase.open(folder.resolve("state.db"));
                Outcomes outcomes = new Outcomes(
                        database, List.of(new AmqpOutcomes(address, database)), events, QUICK, Clock.systemUTC());
                JobEngine engine =
                        new JobEngine(database, Clock.systemUTC(), JobSettings.DEFAULTS, _ -> Remote.DEFAULT_MAX_JOBS);
                AmqpOrders orders = new AmqpOrders(
                        address,
                        new EnginePushes(engine),
                        engine::retry,
                        rules(address, remotes),
                        outcomes,
                        database,
                        SECRETS,
                        Clock.systemUTC())) {
            declare(channel);
            engine.register(new EnginePushes.Kind());
            engine.onEnd(outcomes::ended);
            engine.start();
            outcomes.start();
            orders.start();
            send(channel, withId("m-1"), OrderMessageTest.BARE);
            JsonNode outcome = event(get(channel, outcomeQueue));
            assertThat(outcome.path("type").stringValue()).isEqualTo("dev.slipway.transfer.success");
            assertThat(outcome.path("correlationid").stringValue()).isEqualTo("m-1");
            send(channel, withId("m-1"), OrderMessageTest.BARE);
            send(channel, withId("m-1"), OrderMessageTest.BARE.replace("reel", "other"));
            JsonNode refused = event(get(channel, outcomeQueue));
            assertThat(refused.path("data").path("message").stringValue()).isEqualTo("the id belongs to another order");
            assertThat(refused.path("data").path("source").stringValue()).contains("other");
            assertThat(get(channel, "dead-" + unique).getBody())
                    .asString(StandardCharsets.UTF_8)
                    .contains("other");
            send(channel, withId("m-2"), OrderMessageTest.BARE.replace("reel", "fail"));
            JsonNode failed = event(get(channel, outcomeQueue));
            assertThat(failed.path("type").stringValue()).isEqualTo("dev.slipway.transfer.fail");
            assertThat(failed.path("data").path("message").stringValue()).isEqualTo("there is no such object");

            assertThat(engine.list(JobFilter.in(EnumSet.allOf(JobState.class), 100)))
                    .extracting(Job::id)
                    .containsExactlyInAnyOrder(
                            outcome.path("data").path("jobId").stringValue(),
                            failed.path("data").path("jobId").stringValue());
            assertThat(channel.messageCount(outcomeQueue)).isZero();
            await("both are in the audit", () -> published.size() == 3);
        }
    }

    /** Orders of a queue, the real engine, and what comes of its jobs. */
    private final class Engine implements AutoCloseable {
        private final StateDatabase database = StateDatabase.open(folder.resolve("state.db"));
        private final JobEngine engine;
        private final Outcomes outcomes;
        private final AmqpOrders orders;

        private Engine(AmqpSettings settings, JobKind kind) {
            AmqpBroker address = new AmqpBroker(settings, null, FIRST_PAUSE, LONGEST_PAUSE);
            outcomes = new Outcomes(
                    database,
                    List.of(new AmqpOutcomes(address, database), new DeadLetters(address, database, SECRETS)),
                    new Events(),
                    QUICK,
                    Clock.systemUTC());
            engine = new JobEngine(
                    database,
                    Clock.systemUTC(),
                    JobSettings.DEFAULTS,
                    resource -> settings.limit(resource).orElse(Remote.DEFAULT_MAX_JOBS));
            engine.register(kind);
            engine.onEnd(job -> outcomes.ended(job, "files.example.com"));
            orders = new AmqpOrders(
                    address,
                    new EnginePushes(engine),
                    engine::retry,
                    rules(address, remotes),
                    outcomes,
                    database,
                    SECRETS,
                    Clock.systemUTC());
            engine.start();
            outcomes.start();
            orders.start();
        }

        private List<Job> jobs(JobState... states) {
            return engine.list(JobFilter.in(EnumSet.copyOf(List.of(states)), 100));
        }

        private int keptMessages() {
            return database.read(handle -> handle.createQuery("SELECT COUNT(*) FROM order_messages")
                    .mapTo(Integer.class)
                    .one());
        }

        @Override
        public void close() {
            orders.close();
            outcomes.close();
            engine.close();
            database.close();
        }
    }

    @Test
    void failedOrdersBecomeDeadLettersAndAreRetriedIfTheyComeAgain() throws Exception {
        AmqpSettings settings = settings(broker.port()).set("deadLetters", true).build();
        try (Connection connection = connect(broker);
                Channel channel = connection.createChannel();
                Engine running = new Engine(settings, new EnginePushes.Kind())) {
            declare(channel);
            send(channel, withId("m-1"), OrderMessageTest.BARE);
            JsonNode done = event(get(channel, outcomeQueue)).path("data");
            assertThat(done.path("outcome").stringValue()).isEqualTo("SUCCESS");
            assertThat(done.path("destination").stringValue())
                    .as("as the order has it")
                    .isEqualTo("/in/a b.mxf");
            assertThat(done.path("host").stringValue()).isEqualTo("files.example.com");
            String body = OrderMessageTest.BARE.replace("reel", "fail");
            BasicProperties properties = withId("m-2")
                    .builder()
                    .contentType("application/json")
                    .userId(broker.user())
                    .headers(Map.of("tenant", "north"))
                    .build();
            send(channel, properties, body);
            GetResponse dead = get(channel, "dead-" + unique);
            assertThat(dead.getBody()).asString(StandardCharsets.UTF_8).isEqualTo(body);
            assertThat(dead.getProps().getMessageId()).isEqualTo("m-2");
            assertThat(dead.getProps().getContentType()).isEqualTo("application/json");
            assertThat(dead.getProps().getHeaders())
                    .hasEntrySatisfying("tenant", value -> assertThat(value).hasToString("north"))
                    .hasEntrySatisfying(
                            "x-slipway-reason", value -> assertThat(value).hasToString("there is no such object"))
                    .containsKey("x-death");
            assertThat(event(get(channel, outcomeQueue))
                            .path("data")
                            .path("outcome")
                            .stringValue())
                    .isEqualTo("FAIL");

            // As somebody does who has mended what was wrong.
            channel.basicPublish("", queue, dead.getProps(), dead.getBody());
            GetResponse again = get(channel, "dead-" + unique);
            assertThat(again.getBody()).isEqualTo(dead.getBody());
            assertThat(running.jobs(JobState.FAILED))
                    .singleElement()
                    .satisfies(
                            job -> assertThat(running.engine.attempts(job.id())).hasSize(2));
            await("nothing is kept of them", () -> running.keptMessages() == 0);
            running.orders.close();
            assertThat(channel.messageCount(queue)).isZero();
        }
    }

    /** The service whose variables Slipway reads had as many transfers under way as messages that it had not acknowledged. */
    @Test
    void aLimitedNumberOfOrdersIsUnderWay() throws Exception {
        AmqpSettings settings = settings(broker.port()).set("jobsAtOnce", 1).build();
        Holding kind = new Holding();
        try (Connection connection = connect(broker);
                Channel channel = connection.createChannel();
                Engine running = new Engine(settings, kind)) {
            declare(channel);
            for (int i = 0; i < 3; i++) {
                send(channel, withId("m-" + i), OrderMessageTest.BARE);
            }
            await(
                    "all are jobs",
                    () -> running.jobs(JobState.QUEUED, JobState.RUNNING).size() == 3);
            await("the first one runs", () -> kind.running.get() == 1);
            // Its turn comes after theirs.
            String other = running.engine
                    .submit(new NewJob(null, kind.name(), "other", null, "other", "", 0, null, "test", "", null))
                    .id();
            await(
                    "the other one is done",
                    () -> running.jobs(JobState.SUCCEEDED).stream()
                            .anyMatch(job -> job.id().equals(other)));
            assertThat(running.jobs(JobState.RUNNING)).hasSize(1);
            kind.go.countDown();
            await("all are done", () -> running.jobs(JobState.SUCCEEDED).size() == 4);
            assertThat(kind.most).as("orders at once").hasValue(1);
        }
    }

    /** Orders wait until they may go on; other jobs do not. */
    private static final class Holding implements JobKind {
        private final CountDownLatch go = new CountDownLatch(1);
        private final AtomicInteger running = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();

        @Override
        public String name() {
            return new EnginePushes.Kind().name();
        }

        @Override
        public JobResult run(JobRun run) throws JobException {
            if (run.job().wanted().request().equals("other")) {
                return new JobResult.Done("done");
            }
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            try {
                if (!go.await(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw JobException.permanent("it was not let go on");
                }
                return new JobResult.Done("done");
            } catch (InterruptedException e) {
                throw JobException.temporary("interrupted", e);
            } finally {
                running.decrementAndGet();
            }
        }

        @Override
        public void discard(JobRun run) {}
    }

    @Test
    void aMessageIsAcknowledgedWhenItsJobIsDurableAndNotBefore() throws Exception {
        try (FaultProxy proxy = FaultProxy.tcp(broker.port());
                Connection connection = connect(broker);
                Channel channel = connection.createChannel()) {
            declare(channel);
            Gateway running = start(proxy.port());
            running.pushes.hold();
            send(channel, withId("m-1"), OrderMessageTest.BARE);
            String withId = Objects.requireNonNull(running.pushes.next().id());
            proxy.resetConnections();
            running.pushes.letGo();
            assertThat(running.pushes.next().id()).as("come again").isEqualTo(withId);

            running.pushes.hold();
            send(channel, MessageProperties.PERSISTENT_BASIC, OrderMessageTest.BARE);
            String without = Objects.requireNonNull(running.pushes.next().id());
            assertThat(without).isNotEqualTo(withId);
            proxy.resetConnections();
            running.pushes.letGo();
            PushOrder again = running.pushes.next();
            if (withId.equals(again.id())) {
                // Its acknowledgement was still in flight when the connection broke.
                again = running.pushes.next();
            }
            assertThat(again.id()).as("come again, without an id").isEqualTo(without);

            send(channel, MessageProperties.PERSISTENT_BASIC, OrderMessageTest.BARE);
            assertThat(running.pushes.next().id())
                    .as("a second order of the same")
                    .isNotEqualTo(without);
            assertEverythingIsSettled(channel);
        }
    }

    @Test
    void invalidMessagesAreRejectedWithAnOutcomeAndAnAuditLineWithoutSecrets() throws Exception {
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger("dev.slipway");
        lines.start();
        logger.addAppender(lines);
        try (Connection connection = connect(broker);
                Channel channel = connection.createChannel()) {
            declare(channel);
            Gateway running = start(broker.port());
            send(
                    channel,
                    withId("m-1")
                            .builder()
                            .replyTo(channel.queueDeclare().getQueue())
                            .build(),
                    OrderMessageTest.URL
                            .replace("vault.example.com", "elsewhere.example.com")
                            .replace("events", ""));
            GetResponse dead = get(channel, "dead-" + unique);
            assertThat(dead.getProps().getMessageId()).isEqualTo("m-1");
            assertThat(published).singleElement().isInstanceOfSatisfying(GatewayEvent.MessageRefused.class, refused -> {
                assertThat(refused.queue()).isEqualTo(queue);
                assertThat(refused.reason()).contains("no remote has the host");
            });

            // Problems that the push itself finds have the same effect.
            send(channel, withId("m-2"), OrderMessageTest.BARE.replace("/in/", "/forbidden/"));
            running.pushes.next();
            get(channel, "dead-" + unique);
            JsonNode outcome = event(get(channel, outcomeQueue));
            assertThat(outcome.path("type").stringValue()).isEqualTo("dev.slipway.transfer.fail");
            assertThat(outcome.path("data").path("message").stringValue()).contains("outside of the remote's folders");
            assertThat(outcome.path("data").path("source").stringValue()).isEqualTo("media:reels/a b.mxf");
            assertThat(outcome.path("correlationid").stringValue()).isEqualTo("m-2");
            assertThat(running.pushes.waiting()).isZero();
            assertEverythingIsSettled(channel);
            assertThat(lines.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .anyMatch(line -> line.contains("m-1") && line.contains("no remote has the host"))
                    .noneMatch(line -> line.contains("hunter2") || line.contains("S1GN"));
        } finally {
            logger.detachAppender(lines);
        }
    }

    @Test
    void messagesReturnToTheQueueWhileTheDatabaseFails() throws Exception {
        try (Connection connection = connect(broker);
                Channel channel = connection.createChannel()) {
            declare(channel);
            Gateway running = start(broker.port());
            running.pushes.fail(3);
            send(channel, MessageProperties.PERSISTENT_BASIC, OrderMessageTest.BARE);
            String id = Objects.requireNonNull(running.pushes.next().id());
            for (int i = 0; i < 3; i++) {
                assertThat(running.pushes.next().id()).isEqualTo(id);
            }
            assertEverythingIsSettled(channel);
            assertThat(channel.messageCount("dead-" + unique)).isZero();
        }
    }

    @Test
    void outcomesGoToTheMessagesDestinationOrThatInTheSettings() throws Exception {
        try (Connection connection = connect(broker);
                Channel channel = connection.createChannel()) {
            declare(channel);
            channel.exchangeDeclare("events-" + unique, "topic", true);
            String topic = channel.queueDeclare().getQueue();
            channel.queueBind(topic, "events-" + unique, "done.#");
            String reply = "replies-" + unique;
            Gateway running = start(broker.port());

            send(
                    channel,
                    withId("m-1"),
                    OrderMessageTest.URL
                            .replace("\"events\"", "\"events-" + unique + "\"")
                            .replace("\"done\"", "\"done.now\""));
            String named = Objects.requireNonNull(running.pushes.next().id());
            send(channel, withId("m-2").builder().replyTo(reply).build(), OrderMessageTest.BARE);
            String replied = Objects.requireNonNull(running.pushes.next().id());

            running.outcomes.ended(EndedJobs.ended(named, JobState.SUCCEEDED, "done"));
            running.outcomes.ended(EndedJobs.ended(replied, JobState.FAILED, "no space"));
            running.outcomes.ended(EndedJobs.ended("from-elsewhere", JobState.SUCCEEDED, "done"));

            GetResponse first = get(channel, topic);
            assertThat(first.getProps().getContentType()).startsWith("application/cloudevents+json");
            assertThat(first.getProps().getDeliveryMode()).isEqualTo(2);
            assertThat(first.getProps().getCorrelationId()).isEqualTo("order 7");
            assertThat(event(first).path("data").path("jobId").stringValue()).isEqualTo(named);
            assertThat(event(get(channel, outcomeQueue))
                            .path("data")
                            .path("jobId")
                            .stringValue())
                    .isEqualTo("from-elsewhere");
            // No queue of that name has received it yet.
            channel.queueDeclare(reply, false, false, true, null);
            assertThat(event(get(channel, reply)).path("data").path("jobId").stringValue())
                    .isEqualTo(replied);
        }
    }

    @Test
    void anUnavailableOrKilledBrokerIsFoundAgain() throws Exception {
        try (RabbitServer own = RabbitServer.start()) {
            try (Connection connection = connect(own.broker());
                    Channel channel = connection.createChannel()) {
                declare(channel);
            }
            // A broker answers before its disk has the queues: killed too early, it would lose them.
            own.stop();
            own.restart();
            try (Connection connection = connect(own.broker());
                    Channel channel = connection.createChannel()) {
                send(channel, withId("m-1"), OrderMessageTest.BARE);
            }
            own.kill();
            Gateway running = start(own.broker().port());
            running.outcomes.ended(EndedJobs.ended("while-it-was-away", JobState.SUCCEEDED, "done"));
            own.restart();
            assertThat(running.pushes.next().source()).isEqualTo("media:reels/a b.mxf");
            try (Connection connection = connect(own.broker());
                    Channel channel = connection.createChannel()) {
                assertThat(event(get(channel, outcomeQueue))
                                .path("data")
                                .path("jobId")
                                .stringValue())
                        .isEqualTo("while-it-was-away");
            }

            own.kill();
            own.restart();
            try (Connection connection = connect(own.broker());
                    Channel channel = connection.createChannel()) {
                // The first message may be redelivered, if its acknowledgement was not on the broker's disk.
                send(channel, withId("m-2"), OrderMessageTest.BARE.replace("reels", "second"));
                Predicate<PushOrder> second = order -> order.source().equals("media:second/a b.mxf");
                PushOrder next = running.pushes.next();
                assertThat(second.test(next) || second.test(running.pushes.next()))
                        .isTrue();
                running.outcomes.ended(EndedJobs.ended("afterwards", JobState.SUCCEEDED, "done"));
                // So may the first outcome, if this test's own acknowledgement was not stored.
                String told = "";
                for (int i = 0; i < 2 && !told.equals("afterwards"); i++) {
                    told = event(get(channel, outcomeQueue))
                            .path("data")
                            .path("jobId")
                            .stringValue();
                }
                assertThat(told).isEqualTo("afterwards");
                assertEverythingIsSettled(channel);
            }
        }
    }

    @Test
    void encryptedConnectionsRequireATrustedServer() throws Exception {
        SSLContext trusting = Authorities.tls(broker.certificate());
        try (Connection connection = connect(broker);
                Channel channel = connection.createChannel()) {
            declare(channel);
            AmqpBroker untrusted = broker(broker.tlsPort(), SSLContext.getDefault());
            assertThatThrownBy(() -> {
                        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                            untrusted.connect("test", threads).close();
                        }
                    })
                    .isInstanceOf(SSLException.class);
            Gateway running = start(broker(broker.tlsPort(), trusting));
            send(channel, withId("m-1"), OrderMessageTest.BARE);
            running.pushes.next();
            running.outcomes.ended(EndedJobs.ended("job-1", JobState.SUCCEEDED, "done"));
            get(channel, outcomeQueue);
        }
    }

    @Test
    void ordersWaitForTheQueueAndForARemoteWithAHostKey() throws Exception {
        remotes.put(KeptRemotes.remote("ssh", "files.example.com", 22));
        try (Connection connection = connect(broker);
                Channel channel = connection.createChannel()) {
            Gateway running = start(broker.port());
            declare(channel);
            send(channel, withId("m-1"), OrderMessageTest.BARE);
            assertThat(running.orders.isConnected()).isFalse();
            remotes.put(KeptRemotes.remote("ssh", "files.example.com", 22, KeptRemotes.HOST_KEY));
            running.pushes.next();

            channel.queueDelete(queue);
            declare(channel);
            send(channel, withId("m-2"), OrderMessageTest.BARE);
            running.pushes.next();
            assertEverythingIsSettled(channel);
        }
    }
}
