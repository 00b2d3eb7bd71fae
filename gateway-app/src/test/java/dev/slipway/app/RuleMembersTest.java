package dev.slipway.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobFilter;
import dev.slipway.transfer.job.JobState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Archives whose files go through the rest of the steps one by one, and what rules know of an object itself. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RuleMembersTest {
    private static final String RULE = "rules: [{name: arrival, paths: ['/*.zip'], steps: ["
            + "{action: decompress, keep: false, each: true}, {action: move, to: 'done/{name}'}]}]";

    @TempDir
    private Path directory;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private double runs(String outcome) {
        return meters.get("slipway.rules.runs")
                .tag("rule", "arrival")
                .tag("outcome", outcome)
                .functionCounter()
                .count();
    }

    private Gateway start(S3Bucket bucket, String... settings) throws Exception {
        GatewayBuilder builder = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                .meterRegistry(meters)
                .set("rules[0].name", "arrival");
        for (int i = 0; i < settings.length; i += 2) {
            builder.set(settings[i], settings[i + 1]);
        }
        return builder.start();
    }

    private static void upload(Protocol.ListenPorts ports, Path file) throws Exception {
        Protocol.SFTP
                .upload(ports, file, file.getFileName().toString(), Protocol.UNLIMITED)
                .run(Patience.LIMIT)
                .assertSuccess();
    }

    private Path zip(String... names) throws Exception {
        Path file = directory.resolve("files.zip");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
            for (String name : names) {
                out.putNextEntry(new ZipEntry(name));
                out.write(name.getBytes(UTF_8));
                out.closeEntry();
            }
        }
        return file;
    }

    private static Job ended(Gateway gateway) throws InterruptedException {
        Patience.await(
                "the job ends",
                () -> gateway.jobs().list(JobFilter.in(Set.of(), 10)).stream()
                        .anyMatch(job -> job.state().isEnd()));
        return gateway.jobs().list(JobFilter.in(Set.of(), 10)).getFirst();
    }

    private static List<Job> parts(Gateway gateway, Job whole) {
        return gateway.jobs().list(JobFilter.in(Set.of(), 100).ofBatch(whole.id()));
    }

    private static Stream<String> files(BucketView stored) {
        return stored.keys().stream().filter(key -> !key.endsWith("/"));
    }

    @Test
    void eachFileOfAnArchiveGoesThroughTheRestOfTheSteps(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = start(
                        bucket,
                        "rules[0].steps[0].action",
                        "decompress",
                        "rules[0].steps[0].keep",
                        "false",
                        "rules[0].steps[0].each",
                        "true",
                        "rules[0].steps[1].action",
                        "tag",
                        "rules[0].steps[1].tags",
                        "from={account}",
                        "rules[0].steps[2].action",
                        "move",
                        "rules[0].steps[2].to",
                        "done/{name}")) {
            stored.put("done/b.txt", "was here before".getBytes(UTF_8));
            upload(Protocol.ListenPorts.of(gateway), zip("a.txt", "sub/b.txt", "c.txt"));
            Job job = ended(gateway);

            // One file that fails stops no other.
            assertThat(job.message()).contains("step 1, decompress: the jobs of 1 of 3 files have failed");
            assertThat(files(stored))
                    .containsExactlyInAnyOrder("done/a.txt", "done/b.txt", "done/c.txt", "files/sub/b.txt");
            assertThat(stored.tags("done/a.txt")).containsEntry("from", Protocol.USER);
            assertThat(parts(gateway, job))
                    .hasSize(3)
                    .filteredOn(part -> part.state() == JobState.FAILED)
                    .singleElement()
                    .satisfies(part -> assertThat(part.message()).startsWith("step 3, move: "));

            stored.delete("done/b.txt");
            assertThat(gateway.jobs().retry(job.id())).isTrue();
            Patience.await(
                    "it ends",
                    () -> gateway.jobs().find(job.id()).orElseThrow().state().isEnd());
            assertThat(gateway.jobs().find(job.id()).orElseThrow())
                    .as(() -> gateway.jobs().attempts(job.id()).toString())
                    .returns(JobState.SUCCEEDED, Job::state);
            assertThat(files(stored)).containsExactlyInAnyOrder("done/a.txt", "done/b.txt", "done/c.txt");
            assertThat(stored.get("done/b.txt")).asString(UTF_8).isEqualTo("sub/b.txt");
            // Of the archive and its three files; the move of one of these had failed, and so had the archive's job.
            assertThat(runs("succeeded")).isEqualTo(4);
            assertThat(runs("failed")).isEqualTo(2);
            assertThat(meters.get("slipway.rules.duration")
                            .tag("rule", "arrival")
                            .functionTimer()
                            .count())
                    .isEqualTo(4);
        }
    }

    /** Where a gateway is killed. */
    enum Moment {
        /** The last file is stored, and nothing notes that yet. */
        STORED,
        /** The archive is read once more, to submit the jobs of its files. */
        SUBMITTING,
        /** One of the jobs has moved its file. */
        MOVED;

        /** Whether a request is the one that stalls then. */
        Predicate<HttpRequest> request() {
            AtomicBoolean isStored = new AtomicBoolean();
            return request -> {
                boolean isPut = request.method().equals("PUT");
                boolean isLast = isPut && request.target().contains("/files/c.txt");
                if (isLast) {
                    isStored.set(true);
                }
                return switch (this) {
                    case STORED -> isLast;
                    case SUBMITTING ->
                        isStored.get()
                                && request.method().equals("GET")
                                && request.target().contains("/files.zip");
                    case MOVED -> isPut && request.target().contains("/done/b.txt");
                };
            };
        }

        /** What the store has by then. */
        String key() {
            return this == MOVED ? "done/b.txt" : "files/c.txt";
        }
    }

    @ParameterizedTest
    @EnumSource
    void aGatewayThatIsKilledMeanwhileTakesEachFileThroughTheStepsLater(Moment moment, S3Bucket bucket)
            throws Exception {
        Path file = zip("a.txt", "b.txt", "c.txt");
        try (BucketView stored = new BucketView(bucket);
                FaultProxy network = FaultProxy.http(bucket.endpoint().uri())) {
            S3Bucket proxied = new S3Bucket(bucket.endpoint().at(network.uri()), bucket.name());
            Path configuration = ServeProcess.configuration(directory, proxied, "stat", RULE);
            CountDownLatch stalled = new CountDownLatch(1);
            Predicate<HttpRequest> condition = moment.request();
            network.failBy(request -> {
                if (!condition.test(request)) {
                    return Optional.empty();
                }
                stalled.countDown();
                return Optional.of(new RequestFault.StallReply(0));
            });
            try (ServeProcess gateway = ServeProcess.start(directory.resolve("first.log"), configuration)) {
                upload(gateway.ports(), file);
                assertThat(stalled.await(Patience.TEST_SECONDS, TimeUnit.SECONDS))
                        .isTrue();
                Patience.await("the store has it", () -> stored.keys().contains(moment.key()));
                gateway.kill();
            }
            network.pass();
            try (ServeProcess _ = ServeProcess.start(directory.resolve("second.log"), configuration)) {
                Patience.await(
                        "all is done",
                        () -> files(stored)
                                .sorted()
                                .toList()
                                .equals(List.of("done/a.txt", "done/b.txt", "done/c.txt")));
            }
            for (String name : List.of("a.txt", "b.txt", "c.txt")) {
                assertThat(stored.get("done/" + name)).asString(UTF_8).isEqualTo(name);
            }
        }
    }

    @Test
    void anExpansionThatIsCancelledLeavesWhatWasThereBefore(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                FaultProxy network = FaultProxy.http(bucket.endpoint().uri())) {
            stored.put("files/other.txt", "was here before".getBytes(UTF_8));
            S3Bucket proxied = new S3Bucket(bucket.endpoint().at(network.uri()), bucket.name());
            network.fail(
                    request ->
                            request.method().equals("PUT") && request.target().contains("/files/b.txt"),
                    RequestFault.slowDown());
            try (Gateway gateway = start(proxied, "rules[0].steps[0].action", "decompress")) {
                upload(Protocol.ListenPorts.of(gateway), zip("a.txt", "b.txt", "c.txt"));
                Patience.await(
                        "the second file is refused",
                        () -> gateway.jobs()
                                        .list(JobFilter.in(Set.of(JobState.RETRYING), 1))
                                        .size()
                                == 1);
                Job job = gateway.jobs().list(JobFilter.in(Set.of(), 1)).getFirst();
                assertThat(stored.keys()).contains("files/a.txt");
                assertThat(gateway.jobs().cancel(job.id())).isTrue();

                Patience.await(
                        "nothing of it is left",
                        () -> files(stored).sorted().toList().equals(List.of("files.zip", "files/other.txt")));
                assertThat(gateway.jobs().find(job.id()).orElseThrow().state()).isEqualTo(JobState.CANCELLED);
            }
        }
    }

    @Test
    void rulesKnowTheTypeOfTheNameTheTagsOfTheObjectAndThoseOfTheWatch(S3Bucket bucket) throws Exception {
        Path watched = Files.createDirectory(directory.resolve("watched"));
        try (BucketView stored = new BucketView(bucket)) {
            stored.putTagged("marked", "text".getBytes(UTF_8), "application/x-list", "type=list");
            try (Gateway gateway = start(
                    bucket,
                    "rules[0].tags",
                    "type=scan",
                    "rules[0].steps[0].action",
                    "copy",
                    "rules[0].steps[0].to",
                    "scans/{name}",
                    "rules[1].name",
                    "texts",
                    "rules[1].contentTypes",
                    "text/*",
                    "rules[1].steps[0].action",
                    "copy",
                    "rules[1].steps[0].to",
                    "texts/{name}",
                    "rules[2].name",
                    "lists",
                    "rules[2].contentTypes",
                    "application/x-list",
                    "rules[2].tags",
                    "type=list",
                    "rules[2].steps[0].action",
                    "copy",
                    "rules[2].steps[0].to",
                    "lists/{name}",
                    "watches[0].name",
                    "scans",
                    "watches[0].folder",
                    watched.toString(),
                    "watches[0].target.bucket",
                    bucket.name(),
                    "watches[0].ruleTags",
                    "type=scan")) {
                Files.writeString(watched.resolve("page.csv"), "page");
                upload(Protocol.ListenPorts.of(gateway), Files.writeString(directory.resolve("plain.csv"), "plain"));
                upload(Protocol.ListenPorts.of(gateway), Files.writeString(directory.resolve("plain.bin"), "plain"));
                // What is changed in place keeps its type and its tags.
                Path more = Files.writeString(directory.resolve("more"), "more");
                Protocol.curl(
                                Protocol.UNLIMITED,
                                "-a",
                                "-T",
                                more.toString(),
                                "ftp://127.0.0.1:" + gateway.explicitPort().orElseThrow() + "/marked")
                        .run(Patience.LIMIT)
                        .assertSuccess();
                Patience.await(
                        "the rules are done",
                        () -> stored.keys().containsAll(List.of("scans/page.csv", "texts/plain.csv", "lists/marked")));
                Patience.await(
                        "so is the file that none takes",
                        () -> gateway.jobs().list(JobFilter.in(Set.of(JobState.SUCCEEDED), 10)).stream()
                                .anyMatch(job -> job.message()
                                        .equals("nothing was done: no rule takes the file, because of its content"
                                                + " type or tags")));
                assertThat(stored.get("lists/marked")).asString(UTF_8).isEqualTo("textmore");
                assertThat(stored.keys()).doesNotContain("texts/page.csv", "scans/plain.csv", "lists/plain.bin");
            }
        }
    }
}
