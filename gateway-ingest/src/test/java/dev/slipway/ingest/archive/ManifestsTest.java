package dev.slipway.ingest.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.ArchiveMember;
import dev.slipway.core.s3.memory.Call;
import dev.slipway.core.s3.memory.Call.Operation;
import dev.slipway.core.s3.memory.Fault;
import dev.slipway.core.s3.memory.Faults;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.ingest.schedule.RunningTaskException;
import dev.slipway.testing.Patience;
import dev.slipway.testing.SearchProxy;
import dev.slipway.testing.SearchServer;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobState;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The members of archives become entries of an index of a real OpenSearch node, which is not always there. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ManifestsTest {
    /** Nobody listens there. */
    private static final URI NOWHERE = URI.create("http://127.0.0.1:1");

    private static final AtomicInteger TESTS = new AtomicInteger();

    private static @Nullable SearchServer server;

    private final Faults faults = new Faults();
    private final TestBucket bucket = TestBucket.inMemory().with(faults);
    private final String prefix = "test" + TESTS.incrementAndGet() + "-";
    private final SearchIndex index = new SearchIndex(server(), prefix);
    private final Path folder;
    private final Path files;
    private @Nullable ArchivingGateway gateway;

    ManifestsTest(@TempDir Path folder) {
        this.folder = folder;
        this.files = folder.resolve("batch").resolve(bucket.name());
    }

    @BeforeAll
    static void startServer() throws IOException {
        server = SearchServer.start();
    }

    @AfterAll
    static void stopServer() throws IOException {
        server().close();
    }

    private static SearchServer server() {
        if (server == null) {
            throw new IllegalStateException("not started");
        }
        return server;
    }

    @BeforeEach
    void create() throws IOException {
        Files.createDirectories(files);
    }

    @AfterEach
    void close() {
        index.close();
        if (gateway != null) {
            gateway.close();
        }
    }

    private SettingsBuilder<ManifestSettings> settings(URI url) {
        return new SettingsBuilder<>(ManifestSettings.class).set("url", url).set("indexPrefix", prefix);
    }

    private SettingsBuilder<ManifestSettings> withFallback(URI url) {
        return settings(url).set("fallbackBucket", bucket.name());
    }

    private ArchivingGateway start(SettingsBuilder<ManifestSettings> manifest) {
        return start(manifest, ArchiveSettings.Originals.DELETE);
    }

    private ArchivingGateway start(SettingsBuilder<ManifestSettings> manifest, ArchiveSettings.Originals originals) {
        ArchiveSettings task = new SettingsBuilder<>(ArchiveSettings.class)
                .set("name", "logs")
                .set("source.folder", folder.resolve("batch"))
                .set("target.prefix", "archives/")
                .set("originals", originals)
                .build();
        ArchivingGateway started = new ArchivingGateway(
                new TestStore(bucket, folder.resolve("state")), bucket.name(), List.of(task), manifest.build());
        gateway = started;
        return started;
    }

    /** The next process on the same database. */
    private ArchivingGateway restart(SettingsBuilder<ManifestSettings> manifest) {
        if (gateway != null) {
            gateway.close();
        }
        return start(manifest);
    }

    private void write(String key, String content) throws IOException {
        Path file = files.resolve(key);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private List<String> localFiles() throws IOException {
        try (Stream<Path> paths = Files.walk(files)) {
            return paths.filter(Files::isRegularFile)
                    .map(path -> files.relativize(path).toString())
                    .sorted()
                    .toList();
        }
    }

    private static void assertSucceeded(Job job) {
        assertThat(job.state()).as(job.message()).isEqualTo(JobState.SUCCEEDED);
    }

    private static List<WaitingManifest> waiting(ArchivingGateway at) {
        return at.archives().manifests().waiting(null, 100);
    }

    /** Sends what waits, as a gateway does by itself. */
    private static Job sendWaiting(ArchivingGateway at) throws Exception {
        return at.await(at.archives().manifests().send("test"));
    }

    /** Runs until the gateway has found by itself that manifests wait and the server answers, and has sent them. */
    private static void awaitSending(ArchivingGateway at) throws InterruptedException {
        Patience.await("the manifests are sent", () -> {
            at.archives().manifests().look();
            return waiting(at).isEmpty();
        });
    }

    private static List<String> linesOfGzip(byte[] content) throws IOException {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(new ByteArrayInputStream(content)), StandardCharsets.UTF_8))) {
            return lines.lines().toList();
        }
    }

    @Test
    void eachMemberIsAnEntryOfTheIndexOfTheDay() throws Exception {
        ArchivingGateway at = start(settings(server().url()));
        write("day=1/größe 日本.csv", "one");
        write("day=1/noextension", "four");
        Files.setLastModifiedTime(
                files.resolve("day=1/noextension"), FileTime.from(Instant.parse("2026-01-02T03:04:05Z")));

        assertSucceeded(at.run(true));

        assertThat(localFiles()).isEmpty();
        assertThat(waiting(at)).isEmpty();
        Archive archive = at.archives().list(null, 10).getFirst();
        List<ArchiveMember> members = at.archives().members(archive.id(), -1, 10).stream()
                .map(object -> object.member())
                .toList();
        assertThat(index.entries()).hasSize(2);
        for (int i = 0; i < 2; i++) {
            ArchiveMember member = members.get(i);
            Map<?, ?> entry = index.entries().get(archive.id() + "-" + i);
            assertThat(entry).isNotNull();
            assertThat(Map.copyOf(entry))
                    .isEqualTo(Map.ofEntries(
                            Map.entry("bucket", bucket.name()),
                            Map.entry("key", member.key().key()),
                            Map.entry("version", member.version()),
                            Map.entry("size", (int) member.size()),
                            Map.entry("modified", member.modified().toString()),
                            Map.entry("sha256", member.sha256()),
                            Map.entry("archive_id", archive.id().toString()),
                            Map.entry("archive_bucket", bucket.name()),
                            Map.entry("archive_key", archive.key().key()),
                            Map.entry("archive_format", "tar"),
                            Map.entry("offset", (int) member.offset()),
                            Map.entry("length", (int) member.length()),
                            Map.entry("content_offset", (int) member.contentOffset()),
                            Map.entry("archive_content", member.key().key()),
                            Map.entry("archive_content_name", member.key().key().substring("day=1/".length())),
                            Map.entry(
                                    "archive_content_extension",
                                    member.key().key().endsWith(".csv") ? "csv" : ""),
                            Map.entry("@timestamp", archive.created().toString()),
                            Map.entry("position", i),
                            Map.entry(
                                    "console_url",
                                    "https://s3.console.aws.amazon.com/s3/object/" + bucket.name() + "?prefix="
                                            + archive.key()
                                                    .key()
                                                    .replace("/", "%2F")
                                                    .replace("=", "%3D"))));
        }
        String day = DateTimeFormatter.ofPattern("uuuu.MM.dd")
                .withZone(ZoneOffset.UTC)
                .format(archive.created());
        assertThat(index.send("GET", prefix + "*", null).keySet().toString()).isEqualTo("[" + prefix + day + "]");
    }

    @Test
    void whileTheServerIsAwayManifestsWaitInTheBucketAndAreSentOnceItIsBack() throws Exception {
        ArchivingGateway at = start(withFallback(server().url()));
        write("before/a", "a");
        assertSucceeded(at.run(true));
        server().kill();
        try {
            write("meanwhile/b", "b");
            write("meanwhile/c", "c");
            write("other/d", "d");
            assertSucceeded(at.run(true));
            assertThat(localFiles()).isEmpty();

            assertThat(waiting(at)).hasSize(2);
            for (WaitingManifest manifest : waiting(at)) {
                assertThat(manifest.problem()).contains(server().url().toString());
                String key = Objects.requireNonNull(manifest.object()).key();
                assertThat(key).startsWith(prefix).endsWith("-" + manifest.archive() + ".ndjson.gz");
                assertThat(linesOfGzip(at.get(key)))
                        .hasSize((int) at.archives()
                                .archive(manifest.archive())
                                .orElseThrow()
                                .members())
                        .allSatisfy(line -> assertThat(line)
                                .contains("\"archive_id\":\"" + manifest.archive() + "\"")
                                .contains("\"key\":"));
            }
            // It looks, and leaves them while the server is away.
            at.archives().manifests().look();
            assertThat(at.archives().manifests().counters().waiting()).isEqualTo(2);
            assertThat(at.jobs()).noneMatch(job -> job.wanted().kind().equals(ManifestKind.NAME));
        } finally {
            server().restart();
        }
        awaitSending(at);
        assertThat(index.keys()).containsExactly("before/a", "meanwhile/b", "meanwhile/c", "other/d");
        Patience.await("no manifest is in the bucket", () -> at.keys(prefix).isEmpty());
        at.archives().manifests().look();
        assertThat(at.archives().manifests().counters().waiting()).isZero();
        assertThat(at.archives().manifests().counters().fallbacks()).isEqualTo(2);
        // A server that has just started may refuse for a while what waits.
        assertThat(at.archives().manifests().counters().failures()).isGreaterThanOrEqualTo(2);
        assertThat(at.archives().manifests().counters().entries()).isEqualTo(4);
    }

    @Test
    void withoutAFallbackBucketTheOriginalsStayUntilTheServerHasTheManifest() throws Exception {
        ArchivingGateway at = start(settings(NOWHERE));
        write("a", "a");
        Job first = at.run(true);
        assertThat(first.state()).isEqualTo(JobState.FAILED);
        assertThat(first.message()).contains("waits").contains("originals are not deleted");
        String archive = at.archives().list(null, 10).getFirst().id().toString();
        assertThat(first.message()).contains(archive);

        // Somebody sees it in each later run, too.
        Job second = at.run(true);
        assertThat(second.state()).isEqualTo(JobState.FAILED);
        assertThat(second.message()).contains(archive);

        // Neither deleted nor archived again, and other files are archived.
        write("b", "b");
        assertThat(at.run(true).state()).isEqualTo(JobState.FAILED);
        assertThat(localFiles()).containsExactly("a", "b");
        assertThat(at.archives().list(null, 10)).extracting(Archive::members).containsExactly(1L, 1L);
        assertThat(waiting(at))
                .hasSize(2)
                .allSatisfy(manifest -> assertThat(manifest.object()).isNull());

        ArchivingGateway next = restart(settings(server().url()));
        awaitSending(next);
        assertThat(index.keys()).containsExactly("a", "b");
        assertSucceeded(next.run(true));
        assertThat(localFiles()).isEmpty();
        assertThat(next.archives().list(null, 10)).hasSize(2);
        assertThat(index.entries()).hasSize(2);
    }

    @Test
    void originalsAlsoStayIfTheFallbackBucketCannotBeWritten() throws Exception {
        ArchivingGateway at = start(withFallback(NOWHERE));
        faults.always(call -> storesManifest(call), new Fault.Refuse(403, "AccessDenied"));
        write("a", "a");
        assertThat(at.run(true).state()).isEqualTo(JobState.FAILED);
        assertThat(localFiles()).containsExactly("a");
        assertThat(waiting(at)).singleElement().satisfies(manifest -> {
            assertThat(manifest.object()).isNull();
            assertThat(manifest.problem()).contains("127.0.0.1:1").contains("fallback bucket");
        });
    }

    private static boolean storesManifest(Call call) {
        return (call.is(Operation.PUT) || call.is(Operation.COMPLETE_MULTIPART_UPLOAD))
                && call.key().endsWith(".ndjson.gz");
    }

    @Test
    void keptOriginalsAreIndexedAndAManifestIsSentOnce() throws Exception {
        ArchivingGateway at = start(settings(server().url()), ArchiveSettings.Originals.KEEP);
        write("a", "a");
        assertSucceeded(at.run(true));
        assertSucceeded(at.run(true));
        assertThat(localFiles()).containsExactly("a");
        assertThat(index.keys()).containsExactly("a");
        assertThat(at.archives().manifests().counters().entries()).isEqualTo(1);
    }

    @Test
    void aManifestThatTheServerRefusesWaitsAndDelaysNoOther() throws Exception {
        ArchivingGateway at = start(withFallback(server().url()));
        // Sizes above 127 do not fit into this index.
        Map<?, ?> _ = index.send(
                "PUT",
                "_index_template/" + prefix,
                "{\"index_patterns\":[\"" + prefix
                        + "*\"],\"template\":{\"mappings\":{\"properties\":{\"size\":{\"type\":\"byte\"}}}}}");
        write("a/small", "s");
        write("b/large", "l".repeat(1000));
        write("b/small", "s");
        write("c/small", "s");
        assertSucceeded(at.run(true));

        assertThat(localFiles()).isEmpty();
        assertThat(waiting(at))
                .singleElement()
                .satisfies(manifest -> assertThat(manifest.problem())
                        .contains("1 of 2 entries")
                        .contains("status 400")
                        .contains("size"));
        assertThat(index.keys()).containsExactly("a/small", "b/small", "c/small");

        Job failed = sendWaiting(at);
        assertThat(failed.state()).isEqualTo(JobState.FAILED);
        assertThat(failed.attempt()).isEqualTo(1);
        assertThat(failed.message()).contains("Not sent: 1").contains("status 400");
        // Nothing changes by itself: it is not tried again every minute.
        at.archives().manifests().look();
        assertThat(at.jobs().stream().filter(job -> job.wanted().kind().equals(ManifestKind.NAME)))
                .hasSize(1);

        Map<?, ?> _ = index.send("DELETE", "_index_template/" + prefix, null);
        Map<?, ?> _ = index.send("DELETE", prefix + "*", null);
        assertSucceeded(sendWaiting(at));
        assertThat(index.keys()).containsExactly("b/large", "b/small");
        assertThat(waiting(at)).isEmpty();
        assertThat(at.keys(prefix)).isEmpty();
    }

    /** OpenSearch answers so for each entry when its disk is full. */
    @Test
    void entriesAreSentAgainWhileTheServerIsBusy() throws Exception {
        try (SearchProxy proxy = SearchProxy.before(server().url())) {
            ArchivingGateway at = start(settings(proxy.url()));
            write("first", "1");
            assertSucceeded(at.run(true));
            String blocked = prefix + "*/_settings";
            Map<?, ?> _ = index.send("PUT", blocked, "{\"index.blocks.read_only_allow_delete\":true}");
            write("second", "2");
            String job = at.start(true);
            Patience.await(
                    "it was refused",
                    () -> proxy.requests().stream()
                                    .filter(SearchProxy.Request::isBulk)
                                    .count()
                            >= 2);
            assertThat(localFiles()).containsExactly("second");
            Map<?, ?> _ = index.send("PUT", blocked, "{\"index.blocks.read_only_allow_delete\":null}");
            assertSucceeded(at.await(job));
            assertThat(index.keys()).containsExactly("first", "second");
            assertThat(localFiles()).isEmpty();
        }
    }

    @Test
    void largeArchivesAreSentInPagesAndInSmallerOnesIfAProxyWantsThat() throws Exception {
        try (SearchProxy proxy = SearchProxy.before(server().url())) {
            ArchivingGateway at = start(settings(proxy.url()));
            int count = 1_500;
            for (int i = 0; i < count; i++) {
                write("a/" + i, "x");
            }
            assertSucceeded(at.run(true));
            assertThat(index.entries()).hasSize(count);
            int pages = proxy.requests().size();
            assertThat(pages).isGreaterThanOrEqualTo(2);

            int limit = 20_000;
            proxy.limit(limit);
            for (int i = 0; i < 200; i++) {
                write("b/" + i, "x");
            }
            assertSucceeded(at.run(true));
            assertThat(index.entries()).hasSize(count + 200);
            assertThat(localFiles()).isEmpty();
            // It learns from a few requests how much is too much.
            assertThat(proxy.requests().stream()
                            .skip(pages)
                            .filter(request -> request.body().length() > limit)
                            .count())
                    .isBetween(1L, 4L);
        }
    }

    @Test
    void redirectsAreNotFollowedWithThePassword() throws Exception {
        try (SearchProxy proxy = SearchProxy.withTls(server().url());
                SearchProxy other = SearchProxy.withTls(server().url())) {
            proxy.redirect(other.url());
            ArchivingGateway at = start(withFallback(proxy.url())
                    .set("username", "slipway")
                    .set("password", "secret-of-the-index")
                    .set("caFile", proxy.certificate()));
            write("a", "a");
            assertSucceeded(at.run(true));
            assertThat(other.requests()).isEmpty();
            assertThat(waiting(at))
                    .singleElement()
                    .satisfies(manifest -> assertThat(manifest.problem())
                            .contains("answered 307")
                            .contains("redirects are not followed"));
        }
    }

    @Test
    void theServerIsTrustedByItsCaFileAndKnowsTheUser() throws Exception {
        try (SearchProxy proxy = SearchProxy.withTls(server().url())) {
            proxy.demand("slipway", "secret-of-the-index");
            SettingsBuilder<ManifestSettings> settings =
                    withFallback(proxy.url()).set("username", "slipway").set("password", "secret-of-the-index");
            ArchivingGateway at = start(settings);
            write("a", "a");
            assertSucceeded(at.run(true));
            assertThat(waiting(at))
                    .singleElement()
                    .satisfies(manifest -> assertThat(manifest.problem()).contains("certification path"));

            at = restart(settings.set("caFile", proxy.certificate()).set("password", "wrong"));
            write("b", "b");
            assertSucceeded(at.run(true));
            assertThat(waiting(at))
                    .hasSize(2)
                    .anySatisfy(manifest -> assertThat(manifest.problem())
                            .contains("answered 401")
                            .doesNotContain("wrong"));

            at = restart(settings.set("password", "secret-of-the-index"));
            awaitSending(at);
            assertThat(index.keys()).containsExactly("a", "b");
        }
    }

    @Test
    void aServerThatDoesNotAnswerInTimeIsLikeNone() throws Exception {
        try (SearchProxy proxy = SearchProxy.before(server().url())) {
            CompletableFuture<@Nullable Void> held = proxy.holdAnswers();
            ArchivingGateway at = start(withFallback(proxy.url()).set("timeout", "1s"));
            write("a", "a");
            assertSucceeded(at.run(true));
            assertThat(localFiles()).isEmpty();
            assertThat(waiting(at))
                    .singleElement()
                    .satisfies(manifest -> assertThat(manifest.problem()).contains("did not answer within 1 s"));
            held.complete(null);
            awaitSending(at);
            // It had stored it the first time, too: the same ids.
            assertThat(index.keys()).containsExactly("a");
        }
    }

    @Test
    void answersThatSayNothingAboutTheEntriesAreNoSuccess() throws Exception {
        try (SearchProxy proxy = SearchProxy.before(server().url())) {
            ArchivingGateway at = start(settings(proxy.url()));
            write("a", "a");
            for (String answer : List.of(
                    "{}",
                    "<html>",
                    "{\"items\":[]}",
                    "{\"items\":[{\"index\":{}}]}",
                    "{\"items\":[{\"index\":{\"status\":200}}], \"took\":\"" + "1".repeat(5 << 20) + "\"}",
                    "{\"items\":[{\"index\":{\"status\":500}}]}")) {
                proxy.answer(200, answer);
                assertThat(at.run(true).state()).as(answer).isEqualTo(JobState.FAILED);
                assertThat(localFiles()).as(answer).containsExactly("a");
                // The next run is to make an archive of it again.
                at.store()
                        .store()
                        .delete(at.keys("archives/").stream().map(at::key).toList());
            }
        }
    }

    /** The gateway may be killed between any two of these steps. */
    @Test
    void aManifestThatWasStoredWithoutBeingRecordedIsNeitherLostNorWrittenOver() throws Exception {
        ArchivingGateway at = start(withFallback(NOWHERE));
        faults.once(ManifestsTest::storesManifest, new Fault.LoseAnswer());
        write("a", "a");
        assertThat(at.run(true).state()).isEqualTo(JobState.FAILED);
        List<String> kept = at.keys(prefix);
        assertThat(kept).hasSize(1);
        byte[] before = at.get(kept.getFirst());
        assertThat(localFiles()).containsExactly("a");
        // The next run finds it in the bucket.
        assertSucceeded(at.run(true));
        assertThat(localFiles()).isEmpty();
        assertThat(at.keys(prefix)).isEqualTo(kept);
        assertThat(at.get(kept.getFirst())).isEqualTo(before);
        assertThat(waiting(at))
                .singleElement()
                .satisfies(manifest -> assertThat(manifest.object()).isEqualTo(at.key(kept.getFirst())));
        awaitSending(restart(withFallback(server().url())));
        assertThat(index.keys()).containsExactly("a");
    }

    /** As a firewall for web applications does that finds something in a file's name. */
    @Test
    void manifestsThatAProxyRefusesDelayNoOther() throws Exception {
        ArchivingGateway at = start(withFallback(NOWHERE));
        write("a/file", "a");
        for (int i = 0; i < 7; i++) {
            write("b" + i + "/select", "b");
        }
        write("c/file", "c");
        assertSucceeded(at.run(true));
        try (SearchProxy proxy = SearchProxy.before(server().url())) {
            proxy.refuse("/select");
            ArchivingGateway next = restart(withFallback(proxy.url()));
            String _ = next.archives().manifests().send("test");
            Patience.await("the others are sent", () -> waiting(next).size() == 7);
            Patience.await(
                    "the reason is shown",
                    () -> waiting(next).getFirst().problem().contains("answered 403"));
            Patience.await("only these are left", () -> next.keys(prefix).size() == 7);
            assertThat(index.keys()).containsExactly("a/file", "c/file");
        }
    }

    @Test
    void whatWaitsIsAlsoSentAfterTheSettingsHaveChanged() throws Exception {
        ArchivingGateway at = start(withFallback(NOWHERE));
        write("a", "a");
        assertSucceeded(at.run(true));
        awaitSending(restart(withFallback(server().url()).set("indexPrefix", "other-" + prefix)));
        // In the index that the object's key names.
        assertThat(index.keys()).containsExactly("a");
        try (TestStore store = new TestStore(bucket, folder.resolve("look"))) {
            assertThat(store.store().list(bucket.name(), prefix, true, null, 10).objects())
                    .isEmpty();
        }
    }

    @Test
    void theDatabaseIsNotNeededToSendWhatIsInTheBucket() throws Exception {
        ArchivingGateway at = start(withFallback(NOWHERE));
        write("a", "a");
        assertSucceeded(at.run(true));
        at.close();
        ArchivingGateway other = new ArchivingGateway(
                new TestStore(bucket, folder.resolve("other")),
                bucket.name(),
                List.of(),
                withFallback(server().url()).build());
        gateway = other;
        assertThat(waiting(other)).isEmpty();
        other.archives().manifests().look();
        Patience.await("no manifest is in the bucket", () -> other.keys(prefix).isEmpty());
        assertThat(index.keys()).containsExactly("a");
    }

    @Test
    void objectsThatAreNoManifestsStayAndDelayNoOther() throws Exception {
        ArchivingGateway at = start(withFallback(NOWHERE));
        write("a", "a");
        assertSucceeded(at.run(true));
        String good = at.keys(prefix).getFirst();
        String name = prefix + "2026.01.01-";
        // Before and after the good one in the order of their keys.
        at.put(name + UUID.randomUUID() + ".ndjson.gz", Bytes.random(1, 1000));
        at.put(name + UUID.randomUUID() + ".ndjson.gz", new byte[0]);
        at.put(name + UUID.randomUUID() + ".ndjson.gz", at.get(good));
        byte[] whole = at.get(good);
        at.put(name + UUID.randomUUID() + ".ndjson.gz", Arrays.copyOf(whole, whole.length - 20));
        at.put(prefix + "notes.txt", "notes".getBytes(StandardCharsets.UTF_8));

        ArchivingGateway next = restart(withFallback(server().url()));
        Job job = sendWaiting(next);
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(job.message()).contains("1 manifest").contains("Not sent: 4").contains("is not a manifest");
        assertThat(index.keys()).containsExactly("a");
        assertThat(next.keys(prefix)).hasSize(5).doesNotContain(good);
    }

    @Test
    void aStoppedRunDoesNotWaitForTheServer() throws Exception {
        try (SearchProxy proxy = SearchProxy.before(server().url())) {
            CompletableFuture<@Nullable Void> _ = proxy.holdAnswers();
            ArchivingGateway at = start(withFallback(proxy.url()).set("timeout", "1h"));
            write("a", "a");
            String job = at.start(true);
            Patience.await("it is sent", () -> proxy.requests().stream().anyMatch(SearchProxy.Request::isBulk));
            at.cancel(job);
            assertThat(at.await(job).state()).isEqualTo(JobState.CANCELLED);
            assertThat(localFiles()).containsExactly("a");
            assertThat(waiting(at)).hasSize(1);
        }
    }

    @Test
    void onlyOneJobSendsAtATimeAndNoneWithoutAServer() throws Exception {
        try (SearchProxy proxy = SearchProxy.before(server().url())) {
            ArchivingGateway at = start(withFallback(NOWHERE));
            write("a", "a");
            assertSucceeded(at.run(true));
            ArchivingGateway next = restart(withFallback(proxy.url()));
            CompletableFuture<@Nullable Void> held = proxy.holdAnswers();
            String job = next.archives().manifests().send("test");
            Patience.await("it is sent", () -> proxy.requests().stream().anyMatch(SearchProxy.Request::isBulk));
            assertThatThrownBy(() -> next.archives().manifests().send("test"))
                    .isInstanceOf(RunningTaskException.class)
                    .hasMessageContaining(job);
            held.complete(null);
            assertSucceeded(next.await(job));

            ArchivingGateway off = restart(new SettingsBuilder<>(ManifestSettings.class));
            assertThat(off.archives().manifests().isOn()).isFalse();
            assertThatThrownBy(() -> off.archives().manifests().send("test")).isInstanceOf(IllegalStateException.class);
        }
    }
}
