package dev.slipway.transfer.outcome;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.slipway.core.Protocol;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.UploadTable;
import dev.slipway.core.store.ExpectedObject;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoredVersion;
import dev.slipway.core.store.UploadOrigin;
import dev.slipway.testing.Patience;
import dev.slipway.transfer.job.JobState;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reports of outcomes to targets, run against every kind of state database. */
abstract class OutcomesContract {
    private static final byte[] KEY = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final String SECRET = "whsec_" + Base64.getEncoder().encodeToString(KEY);
    private static final Set<WebhookEvent> JOBS = Set.of(WebhookEvent.SUCCESS, WebhookEvent.FAIL);
    private static final Set<WebhookEvent> UPLOADS = Set.of(WebhookEvent.UPLOADED);
    static final DeliveryTimes QUICK = new DeliveryTimes(
            Duration.ofMillis(50), Duration.ofMillis(200), Duration.ofMinutes(1), Duration.ofMinutes(1));

    private final List<GatewayEvent> published = new ArrayList<>();

    /** Opens the same database as a gateway does. */
    abstract StateDatabase open();

    final Outcomes outcomes(StateDatabase database, DeliveryTimes times, OutcomeTarget... targets) {
        Events events = new Events();
        events.subscribe(published::add);
        Outcomes outcomes = new Outcomes(database, List.of(targets), events, times, Clock.systemUTC());
        outcomes.start();
        return outcomes;
    }

    private static Webhook webhook(URI url) {
        return webhook(url, JOBS);
    }

    static Webhook webhook(URI url, Set<WebhookEvent> events) {
        return new Webhook(url, WebhookSecret.parse(SECRET), events, Clock.systemUTC());
    }

    /** Verifies the signature as a receiver would, with only the JDK. */
    private static void verify(Receiver.Received received) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
        byte[] expected = mac.doFinal(
                (received.id() + "." + received.timestamp() + "." + received.body()).getBytes(StandardCharsets.UTF_8));
        String[] version = received.signature().split(",", 2);
        assertThat(version[0]).isEqualTo("v1");
        assertThat(MessageDigest.isEqual(expected, Base64.getDecoder().decode(version[1])))
                .isTrue();
        assertThat(Instant.ofEpochSecond(Long.parseLong(received.timestamp())))
                .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
    }

    @Test
    void aWebhookReceivesASignedCloudEventAndTheAuditALine() throws Exception {
        try (Receiver receiver = new Receiver(0);
                StateDatabase database = open();
                Outcomes outcomes = outcomes(database, QUICK, webhook(receiver.url("/hook")))) {
            outcomes.ended(EndedJobs.ended("job-1", JobState.SUCCEEDED, "sent → done"));

            Receiver.Received received = receiver.next();
            verify(received);
            assertThat(received.path()).isEqualTo("/hook");
            assertThat(received.mediaType()).startsWith("application/cloudevents+json");
            JsonNode event = JsonMapper.shared().readTree(received.body());
            assertThat(event.path("specversion").stringValue()).isEqualTo("1.0");
            assertThat(event.path("id").stringValue()).isEqualTo(received.id());
            assertThat(event.path("source").stringValue()).isEqualTo("slipway");
            assertThat(event.path("type").stringValue()).isEqualTo("dev.slipway.transfer.success");
            assertThat(event.path("time").stringValue()).isEqualTo("2026-11-21T06:00:02Z");
            assertThat(event.path("subject").stringValue()).isEqualTo("vault:/in/reel.mxf");
            assertThat(event.path("correlationid").stringValue()).isEqualTo("order 7");
            assertThat(JsonMapper.shared().writeValueAsString(event.path("data")))
                    .isEqualTo("{\"outcome\":\"SUCCESS\",\"message\":\"sent → done\",\"source\":\"media:reel.mxf\","
                            + "\"destination\":\"vault:/in/reel.mxf\",\"bytes\":10,\"durationMs\":1500,\"attempts\":2,"
                            + "\"submitter\":\"amqp\",\"correlationId\":\"order 7\",\"jobId\":\"job-1\","
                            + "\"state\":\"SUCCEEDED\",\"remote\":\"vault\"}");
            assertThat(received.body()).as("what the job was asked for").doesNotContain("hunter2");
            assertThat(published).singleElement().isInstanceOfSatisfying(GatewayEvent.JobEnded.class, ended -> {
                assertThat(ended.succeeded()).isTrue();
                assertThat(ended.took()).isEqualTo(Duration.ofMillis(1500));
            });
        }
    }

    @Test
    void webhooksReceiveOnlyTheirEvents() throws Exception {
        try (Receiver receiver = new Receiver(0);
                StateDatabase database = open();
                Outcomes outcomes = outcomes(database, QUICK, webhook(receiver.url("/"), Set.of(WebhookEvent.FAIL)))) {
            outcomes.ended(EndedJobs.ended("job-1", JobState.SUCCEEDED, ""));
            outcomes.ended(EndedJobs.ended("job-2", JobState.CANCELLED, "not wanted any more"));

            assertThat(receiver.next().body())
                    .contains("\"jobId\":\"job-2\"", "dev.slipway.transfer.fail", "\"state\":\"CANCELLED\"");
            assertThat(receiver.waiting()).isZero();
            assertThat(published).hasSize(2);
        }
    }

    @Test
    void itIsRetriedUnderTheSameIdAndConfirmedOnce() throws Exception {
        try (Receiver receiver = new Receiver(0);
                StateDatabase database = open();
                Outcomes outcomes = outcomes(database, QUICK, webhook(receiver.url("/")))) {
            receiver.answer(500, Map.of());
            receiver.answer(503, Map.of("Retry-After", "0"));
            outcomes.ended(EndedJobs.ended("job-1", JobState.FAILED, "no space"));

            Receiver.Received first = receiver.next();
            Receiver.Received second = receiver.next();
            Receiver.Received third = receiver.next();
            verify(third);
            assertThat(List.of(second.id(), third.id())).containsOnly(first.id());
            assertThat(third.body()).isEqualTo(first.body());

            // The engine may report the same end again; another end of the same job would be another event.
            outcomes.ended(EndedJobs.ended("job-1", JobState.FAILED, "no space"));
            outcomes.ended(EndedJobs.ended("job-2", JobState.FAILED, "no space"));
            assertThat(receiver.next().body()).contains("job-2");
        }
    }

    @Test
    void redirectsAreNotFollowed() throws Exception {
        try (Receiver receiver = new Receiver(0);
                Receiver elsewhere = new Receiver(0);
                StateDatabase database = open();
                Outcomes outcomes = outcomes(database, QUICK, webhook(receiver.url("/")))) {
            receiver.answer(307, Map.of("Location", elsewhere.url("/").toString()));
            outcomes.ended(EndedJobs.ended("job-1", JobState.SUCCEEDED, ""));

            receiver.next();
            assertThat(receiver.next().path()).as("the second attempt").isEqualTo("/");
            assertThat(elsewhere.waiting()).isZero();
        }
    }

    @Test
    void undeliveredEventsAreDeliveredByTheNextRun() throws Exception {
        int port;
        URI url;
        // The port is bound, so that nothing else uses it, but nothing listens.
        try (Socket nobody = new Socket()) {
            nobody.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            port = nobody.getLocalPort();
            url = URI.create("http://127.0.0.1:" + port + "/");
            try (StateDatabase database = open();
                    Outcomes outcomes = outcomes(database, QUICK, webhook(url))) {
                outcomes.ended(EndedJobs.ended("job-1", JobState.SUCCEEDED, ""));
            }
        }
        try (Receiver receiver = new Receiver(port);
                StateDatabase database = open();
                Outcomes _ = outcomes(database, QUICK, webhook(url))) {
            Receiver.Received received = receiver.next();
            verify(received);
            assertThat(received.body()).contains("job-1");
        }
    }

    @Test
    void jobsOfAKilledRunAreTakenOverAtOnce() throws Exception {
        try (Receiver receiver = new Receiver(0)) {
            Webhook webhook = webhook(receiver.url("/"));
            Instant now = Instant.now();
            try (StateDatabase killed = open()) {
                DeliveryTable table = new DeliveryTable(killed);
                Outcome outcome = Outcome.of(EndedJobs.ended("job-1", JobState.SUCCEEDED, ""), null);
                table.add(outcome.id(), outcome.json(), Map.of(webhook.name(), ""), now);
                assertThat(table.claim(webhook.name(), 10, now, now.plusSeconds(600)))
                        .hasSize(1);
                assertThat(table.claim(webhook.name(), 10, now, now.plusSeconds(600)))
                        .as("one gateway at a time")
                        .isEmpty();
            }
            try (StateDatabase database = open();
                    Outcomes _ = outcomes(database, QUICK, webhook)) {
                assertThat(receiver.next().body()).contains("job-1");
            }
        }
    }

    @Test
    void aHangingTargetDelaysNeitherJobsNorOthers() throws Exception {
        try (Receiver slow = new Receiver(0);
                Receiver quick = new Receiver(0);
                StateDatabase database = open();
                Outcomes outcomes = outcomes(database, QUICK, webhook(slow.url("/")), webhook(quick.url("/")))) {
            CountDownLatch hold = slow.hold();
            for (int i = 0; i < 20; i++) {
                outcomes.ended(EndedJobs.ended("job-" + i, JobState.SUCCEEDED, ""));
            }
            for (int i = 0; i < 20; i++) {
                quick.next();
            }
            hold.countDown();
            for (int i = 0; i < 20; i++) {
                slow.next();
            }
        }
    }

    @Test
    void deliveriesAreFinallyGivenUpAndNoSecretIsLogged() throws Exception {
        BlockingQueue<String> given = new LinkedBlockingQueue<>();
        ListAppender<ILoggingEvent> lines = new ListAppender<>() {
            @Override
            protected void append(ILoggingEvent event) {
                super.append(event);
                if (event.getLevel() == ch.qos.logback.classic.Level.ERROR) {
                    given.add(event.getFormattedMessage());
                }
            }
        };
        Logger logger = (Logger) LoggerFactory.getLogger("dev.slipway");
        lines.start();
        logger.addAppender(lines);
        DeliveryTimes brief = new DeliveryTimes(
                Duration.ofMillis(100), Duration.ofMillis(300), Duration.ofSeconds(2), Duration.ofMinutes(1));
        try (Receiver receiver = new Receiver(0);
                StateDatabase database = open();
                Outcomes outcomes = outcomes(database, brief, webhook(receiver.url("/services/T0KEN")))) {
            for (int i = 0; i < 50; i++) {
                receiver.answer(500, Map.of());
            }
            outcomes.ended(EndedJobs.ended("job-1", JobState.SUCCEEDED, ""));

            assertThat(given.poll(Patience.SECONDS, TimeUnit.SECONDS))
                    .contains("giving up after", "answered 500", "http://127.0.0.1:" + receiver.port());
            assertThat(new DeliveryTable(database)
                            .nextDue(webhook(receiver.url("/services/T0KEN")).name()))
                    .as("what is still to be done")
                    .isEmpty();
            assertThat(outcomes.undelivered()).isOne();
            assertThat(lines.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .noneMatch(line -> line.contains("T0KEN") || line.contains(SECRET));
        } finally {
            logger.detachAppender(lines);
        }
    }

    /** Stores a file as a gateway does. */
    static void upload(StateDatabase database, Outcomes outcomes, String name) {
        UploadTable journal = new UploadTable(database, Clock.systemUTC(), 1000, outcomes.uploads());
        String row = journal.putting(
                new ObjectKey("files", "anna/in/" + name),
                new ExpectedObject("\"d41d\"", null, 10),
                new UploadOrigin("anna", "/in/" + name, Protocol.SFTP, "192.0.2.7"));
        journal.stored(row, new StoredVersion("\"d41d\"", "v1"));
    }

    private static List<String> events(StateDatabase database) {
        return database.read(handle -> handle.createQuery("SELECT event FROM deliveries ORDER BY event")
                .mapTo(String.class)
                .list());
    }

    @Test
    void aWebhookReceivesUploadsIfItWantsThem() throws Exception {
        try (Receiver receiver = new Receiver(0);
                StateDatabase database = open();
                Outcomes outcomes = outcomes(database, QUICK, webhook(receiver.url("/hook"), UPLOADS))) {
            outcomes.ended(EndedJobs.ended("job-1", JobState.SUCCEEDED, ""));
            upload(database, outcomes, "ä.txt");

            Receiver.Received received = receiver.next();
            verify(received);
            assertThat(received.mediaType()).startsWith("application/cloudevents+json");
            JsonNode event = JsonMapper.shared().readTree(received.body());
            assertThat(event.path("specversion").stringValue()).isEqualTo("1.0");
            assertThat(event.path("id").stringValue()).isEqualTo(received.id());
            assertThat(event.path("source").stringValue()).isEqualTo("slipway");
            assertThat(event.path("type").stringValue()).isEqualTo("dev.slipway.file.uploaded");
            assertThat(event.path("subject").stringValue()).isEqualTo("/in/ä.txt");
            assertThat(Instant.parse(event.path("time").stringValue()))
                    .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
            assertThat(JsonMapper.shared().writeValueAsString(event.path("data")))
                    .isEqualTo("{\"account\":\"anna\",\"path\":\"/in/ä.txt\",\"bucket\":\"files\","
                            + "\"key\":\"anna/in/ä.txt\",\"etag\":\"d41d\",\"versionId\":\"v1\",\"size\":10,"
                            + "\"protocol\":\"sftp\",\"clientAddress\":\"192.0.2.7\"}");
            Patience.await("nothing of it is kept", () -> events(database).isEmpty());
            assertThat(receiver.waiting()).as("jobs").isZero();
        }
    }

    @Test
    void aWebhookIsNotToldOfUploadsByDefault() {
        try (StateDatabase database = open();
                Outcomes outcomes = outcomes(database, QUICK, webhook(URI.create("http://127.0.0.1:9/")))) {
            assertThat(outcomes.uploads().isWanted()).isFalse();
            upload(database, outcomes, "a.txt");
            assertThat(events(database)).isEmpty();
        }
    }

    @Test
    void anUploadIsRetriedUnderTheSameIdByTheNextRunToo() throws Exception {
        try (Receiver receiver = new Receiver(0)) {
            Webhook webhook = webhook(receiver.url("/"), UPLOADS);
            String id;
            try (StateDatabase killed = open()) {
                // Never started: the gateway is killed before it delivers anything.
                Outcomes outcomes = new Outcomes(killed, List.of(webhook), new Events(), QUICK, Clock.systemUTC());
                upload(killed, outcomes, "a.txt");
                id = events(killed).getFirst();
            }
            receiver.answer(500, Map.of());
            try (StateDatabase database = open();
                    Outcomes _ = outcomes(database, QUICK, webhook)) {
                Receiver.Received first = receiver.next();
                Receiver.Received second = receiver.next();
                verify(second);
                assertThat(List.of(first.id(), second.id())).containsOnly(id);
                assertThat(second.body()).isEqualTo(first.body()).contains("/in/a.txt");
                Patience.await("nothing of it is kept", () -> events(database).isEmpty());
            }
        }
    }

    @Test
    void aReceiverThatAcceptsNothingDoesNotFillTheDatabase() {
        try (StateDatabase database = open()) {
            DeliveryTable table = new DeliveryTable(database);
            Backlog backlog = new Backlog("hook", 2);
            UploadEvents uploads = new UploadEvents(table, List.of(backlog), () -> {}, Clock.systemUTC());
            UploadTable journal = new UploadTable(database, Clock.systemUTC(), 1000, uploads);
            for (int i = 0; i < 5; i++) {
                String row = journal.putting(
                        new ObjectKey("files", "file"),
                        new ExpectedObject("", null, 10),
                        new UploadOrigin("anna", "/file", Protocol.FTPS, "192.0.2.7"));
                journal.stored(row, StoredVersion.of(""));
            }
            assertThat(table.waiting("hook")).isEqualTo(2);
            assertThat(backlog.dropped()).isEqualTo(3);

            backlog.counted(1);
            assertThat(backlog.admit("evt_1")).as("once it has accepted some").isTrue();
            assertThat(table.sweep(Instant.now().plusSeconds(1000), Duration.ofSeconds(500), Duration.ofDays(7)))
                    .as("given up")
                    .isEqualTo(2);
            assertThat(events(database)).isEmpty();
        }
    }

    @Test
    void oldDeliveriesAreRemovedAndUnwantedOnesGivenUp() {
        Instant now = Instant.now();
        try (StateDatabase database = open()) {
            DeliveryTable table = new DeliveryTable(database);
            table.add("evt_1", "{}", Map.of("gone", "", "here", ""), now.minusSeconds(1000));
            table.end("here", "evt_1", now.minusSeconds(900), "");
            assertThat(table.sweep(now, Duration.ofSeconds(2000), Duration.ofSeconds(2000)))
                    .isZero();
            assertThat(table.add("evt_1", "{}", Map.of("here", ""), now))
                    .as("known")
                    .isZero();
            assertThat(table.sweep(now, Duration.ofSeconds(500), Duration.ofSeconds(500)))
                    .isEqualTo(1);
            assertThat(table.add("evt_1", "{}", Map.of("here", ""), now))
                    .as("forgotten")
                    .isEqualTo(1);
        }
    }
}
