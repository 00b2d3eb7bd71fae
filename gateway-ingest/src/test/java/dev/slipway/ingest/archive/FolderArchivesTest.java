package dev.slipway.ingest.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.ArchivedObject;
import dev.slipway.core.s3.memory.Call;
import dev.slipway.core.s3.memory.Call.Operation;
import dev.slipway.core.s3.memory.Fault;
import dev.slipway.core.s3.memory.Faults;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobState;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files of a local folder become archives in the buckets that its folders are named as. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FolderArchivesTest {
    private final Faults faults = new Faults();
    private final TestBucket bucket = TestBucket.inMemory().with(faults);
    private final Path folder;
    private final Path root;
    private @Nullable ArchivingGateway gateway;

    FolderArchivesTest(@TempDir Path folder) {
        this.folder = folder;
        this.root = folder.resolve("batch");
    }

    @BeforeEach
    void create() throws IOException {
        Files.createDirectories(root.resolve(bucket.name()));
    }

    @AfterEach
    void close() {
        if (gateway != null) {
            gateway.close();
        }
    }

    private SettingsBuilder<ArchiveSettings> settings() {
        return new SettingsBuilder<>(ArchiveSettings.class).set("name", "logs").set("source.folder", root);
    }

    private ArchivingGateway start(SettingsBuilder<ArchiveSettings> settings) {
        ArchivingGateway started = new ArchivingGateway(
                new TestStore(bucket, folder.resolve("state")), bucket.name(), List.of(settings.build()));
        gateway = started;
        return started;
    }

    private Path file(String key) {
        return root.resolve(bucket.name()).resolve(key);
    }

    private Path write(String key, byte[] content) throws IOException {
        Path file = file(key);
        Files.createDirectories(file.getParent());
        return Files.write(file, content);
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void assertSucceeded(Job job) {
        assertThat(job.state()).as(job.message()).isEqualTo(JobState.SUCCEEDED);
    }

    private List<String> localFiles() throws IOException {
        Path top = root.resolve(bucket.name());
        try (Stream<Path> paths = Files.walk(top)) {
            return paths.filter(Files::isRegularFile)
                    .map(path -> top.relativize(path).toString())
                    .sorted()
                    .toList();
        }
    }

    /** The contents of all archives, as the index in the database says where they are. */
    private SortedMap<String, String> archived(ArchivingGateway at) throws IOException {
        SortedMap<String, String> contents = new TreeMap<>();
        for (Archive archive : at.archives().list(null, 1000)) {
            byte[] bytes = at.get(archive.key().key());
            for (ArchivedObject object : at.archives().members(archive.id(), -1, 10_000)) {
                int offset = Math.toIntExact(object.member().offset());
                String content = new String(
                        bytes, offset, Math.toIntExact(object.member().size()), StandardCharsets.ISO_8859_1);
                assertThat(contents.put(object.key().key(), content))
                        .as(object.key() + " is archived once")
                        .isNull();
            }
        }
        return contents;
    }

    @ParameterizedTest
    @EnumSource(ArchiveSettings.Form.class)
    void theFilesOfEachFolderBecomeAnArchiveInTheBucketThatItsPathNames(ArchiveSettings.Form format) throws Exception {
        ArchivingGateway at = start(settings().set("format", format));
        write("root.log", text("directly in the bucket"));
        write("day=1/a.log", text("a"));
        write("day=1/empty", new byte[0]);
        write("day=1/größe 日本.csv", text("named in UTF-8"));
        write("day=1/hour=2/large", Bytes.random(1, 3_000_017));
        Instant time = Instant.parse("2026-01-02T03:04:05Z");
        Files.setLastModifiedTime(file("day=1/a.log"), FileTime.from(time));

        assertSucceeded(at.run(true));

        assertThat(localFiles()).isEmpty();
        String end = format == ArchiveSettings.Form.TAR ? ".tar" : ".tar.zst";
        assertThat(at.archives().list(null, 10))
                .extracting(archive -> archive.key().key().replace(archive.id().toString(), "ID"))
                .containsExactlyInAnyOrder("ID" + end, "day=1/ID" + end, "day=1/hour=2/ID" + end);
        for (Archive archive : at.archives().list(null, 10)) {
            assertThat(at.archives().verify(archive.id())).isEqualTo(archive.members());
        }
        assertThat(at.archives().find("*", 10))
                .extracting(found -> found.key().key())
                .containsExactlyInAnyOrder(
                        "root.log", "day=1/a.log", "day=1/empty", "day=1/größe 日本.csv", "day=1/hour=2/large");
        assertThat(at.archives().find("day=1/a.log", 1).getFirst().member().modified())
                .isEqualTo(time);
        assertThat(at.table().find(at.key("day=1/a.log"))).isPresent();
        assertSucceeded(at.extract("day=1/"));
        assertThat(at.get("day=1/hour=2/large")).isEqualTo(Bytes.random(1, 3_000_017));
    }

    @Test
    void archivesEndBySizeAndALargerFileGoesAlone() throws Exception {
        ArchivingGateway at = start(settings().set("maxSize", "10KB").set("target.prefix", "archives/"));
        write("large", Bytes.random(1, 30_000));
        for (int i = 0; i < 5; i++) {
            write("small" + i, Bytes.random(i, 4000));
        }
        assertSucceeded(at.run(true));
        assertThat(at.archives().list(null, 10)).extracting(Archive::members).containsExactlyInAnyOrder(1L, 2L, 2L, 1L);
        assertThat(at.archives().list(null, 10))
                .allSatisfy(archive -> assertThat(archive.key().key()).startsWith("archives/"));
        assertThat(localFiles()).isEmpty();
    }

    @Test
    void aFileThatSomebodyWritesWaits() throws Exception {
        ArchivingGateway at = start(settings());
        write("done", text("done"));
        try (OutputStream open = Files.newOutputStream(write("open", text("half")), StandardOpenOption.APPEND)) {
            assertSucceeded(at.run(true));
            assertThat(localFiles()).containsExactly("open");
            open.write(text(" and half"));
        }
        assertSucceeded(at.run(true));
        assertThat(archived(at)).containsOnlyKeys("done", "open").containsEntry("open", "half and half");
        assertThat(localFiles()).isEmpty();
    }

    /** While the archive is already in the store, but its members are not recorded. */
    @Test
    void aFileThatIsRewrittenMeanwhileStaysAndIsArchivedNext() throws Exception {
        ArchivingGateway at = start(settings());
        write("deleted", text("deleted"));
        write("rewritten", text("old"));
        write("same", text("same"));
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        faults.once(FolderArchivesTest::storesIndex, new Fault.Hold(gate));
        String job = at.start(true);
        Patience.await(
                "the archive is verified", () -> faults.calls().stream().anyMatch(FolderArchivesTest::storesIndex));
        write("rewritten", text("new"));
        Files.delete(file("deleted"));
        gate.complete(null);
        assertSucceeded(at.await(job));
        assertThat(localFiles()).containsExactly("rewritten");
        assertThat(at.archives().list(null, 10)).hasSize(1);

        assertSucceeded(at.run(true));
        assertThat(localFiles()).isEmpty();
        assertThat(at.table().all(at.key("rewritten"), 10)).hasSize(2);
        ArchivedObject shown = at.table().find(at.key("rewritten")).orElseThrow();
        byte[] bytes = at.get(shown.archive().key().key());
        assertThat(new String(bytes, Math.toIntExact(shown.member().offset()), 3, StandardCharsets.UTF_8))
                .isEqualTo("new");
    }

    private static boolean storesIndex(Call call) {
        return call.is(Operation.PUT) && call.key().endsWith(".index.json.gz");
    }

    @Test
    void aFileThatChangesWhileItIsReadIsLeftOut() throws Exception {
        ArchivingGateway at = start(settings());
        // More than the memory for parts: the upload stops while this is read.
        write("large", Bytes.random(1, 72 << 20));
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        faults.always(call -> call.is(Operation.UPLOAD_PART), new Fault.Hold(gate));
        String job = at.start(true);
        Patience.await(
                "it is being read", () -> faults.calls().stream().anyMatch(call -> call.is(Operation.UPLOAD_PART)));
        write("large", text("much smaller"));
        gate.complete(null);
        assertSucceeded(at.await(job));
        assertThat(localFiles()).containsExactly("large");
        assertThat(at.archives().list(null, 10)).isEmpty();
        assertThat(at.keys("")).isEmpty();
        assertSucceeded(at.run(true));
        assertThat(archived(at)).containsExactly(Map.entry("large", "much smaller"));
    }

    @Test
    void filesThatStayAreArchivedOnceAlsoIfTheirPathsShowSomethingElse() throws Exception {
        ArchivingGateway at = start(settings().set("originals", "keep"));
        at.put("a", text("an object"));
        write("a", text("first"));
        write("b", text("second"));
        assertSucceeded(at.run(true));
        assertThat(at.run(true).message()).startsWith("0 archives");
        assertThat(localFiles()).containsExactly("a", "b");
        assertThat(at.table().find(at.key("a"))).isEmpty();
        assertThat(at.table().find(at.key("b"))).isPresent();
        write("b", text("changed"));
        assertSucceeded(at.run(true));
        assertThat(at.table().all(at.key("b"), 10)).hasSize(2);
    }

    @Test
    void whatIsInNoFolderOfABucketIsReportedAndDoesNotKeepTheOthersFromTheirs() throws Exception {
        ArchivingGateway at = start(settings());
        Files.createDirectories(root.resolve("a-bucket-that-is-missing"));
        Files.write(root.resolve("a-bucket-that-is-missing/x"), text("x"));
        Files.createDirectories(root.resolve("Not A Bucket"));
        Files.write(root.resolve("stray"), text("stray"));
        Files.createSymbolicLink(file("link"), Files.write(folder.resolve("outside"), text("outside")));
        write("y", text("y"));
        Job job = at.run(true);
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(archived(at)).containsOnlyKeys("y");
        assertThat(root.resolve("a-bucket-that-is-missing/x")).exists();
        assertThat(root.resolve("stray")).exists();
        assertThat(folder.resolve("outside")).exists();
        Files.delete(root.resolve("a-bucket-that-is-missing/x"));
        Files.delete(root.resolve("a-bucket-that-is-missing"));
        assertThat(at.run(true).message()).contains("is not").contains("named as a bucket");
    }

    /** Whoever may make the folders of buckets may not have the gateway archive and delete what it can read elsewhere. */
    @Test
    void aFolderOfABucketThatBecomesALinkMeanwhileIsNotFollowed() throws Exception {
        ArchivingGateway at = start(settings());
        Path outside = Files.createDirectories(folder.resolve("outside"));
        Files.write(outside.resolve("secret"), text("secret"));
        // Its turn comes first, when all folders have been looked at.
        Files.createDirectories(root.resolve("another"));
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        faults.once(call -> call.bucket().equals("another"), new Fault.Hold(gate));
        String job = at.start(true);
        Patience.await(
                "the run has begun",
                () -> faults.calls().stream().anyMatch(call -> call.bucket().equals("another")));
        Files.delete(root.resolve(bucket.name()));
        Files.createSymbolicLink(root.resolve(bucket.name()), outside);
        gate.complete(null);

        // There is no bucket of that name.
        Patience.await("the first attempt fails", () -> at.attempts(job) > 1);
        assertThat(outside.resolve("secret")).exists();
        assertThat(at.keys("")).isEmpty();
    }

    /** A client that makes folders in folders must not use up the file descriptors of the process. */
    @Test
    void deepFoldersTakeFewDescriptors() throws Exception {
        ArchivingGateway at = start(settings());
        write("d/".repeat(100) + "file", text("deep"));
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        faults.once(FolderArchivesTest::storesIndex, new Fault.Hold(gate));
        String job = at.start(true);
        Patience.await("the file is reached", () -> faults.calls().stream().anyMatch(FolderArchivesTest::storesIndex));
        assertThat(openFolders()).isLessThan(10);
        gate.complete(null);
        assertSucceeded(at.await(job));
        assertThat(localFiles()).isEmpty();
    }

    private long openFolders() throws IOException {
        long count = 0;
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                try {
                    if (Files.readSymbolicLink(descriptor).startsWith(root)) {
                        count++;
                    }
                } catch (NoSuchFileException _) {
                    // It was closed meanwhile.
                }
            }
        }
        return count;
    }

    /** The connection to the store breaks at each request in turn: before it arrives, and before its answer does. */
    @Test
    void nothingIsLostOrArchivedTwiceWhereverARunBreaks() throws Exception {
        ArchivingGateway at = start(settings());
        int breaks = 0;
        SortedMap<String, String> expected = new TreeMap<>();
        for (int request = 1; ; request++) {
            boolean isReached = false;
            for (boolean arrives : List.of(false, true)) {
                for (int i = 0; i < 3; i++) {
                    String key = "day=" + request + arrives + "/" + i;
                    byte[] content = Bytes.random(i, 500 + i);
                    write(key, content);
                    expected.put(key, new String(content, StandardCharsets.ISO_8859_1));
                }
                isReached |= breakAt(at, request, arrives);
                breaks++;
                assertThat(localFiles()).as("request " + request).isEmpty();
                assertThat(at.keys("day=" + request + arrives + "/")).hasSize(2);
            }
            if (!isReached) {
                break;
            }
        }
        assertThat(archived(at)).isEqualTo(expected);
        assertThat(breaks).isGreaterThan(20);
    }

    /** Breaks the connection for one attempt of a run. Returns whether the run made so many requests. */
    private boolean breakAt(ArchivingGateway at, int request, boolean arrives) throws InterruptedException {
        AtomicInteger requests = new AtomicInteger();
        faults.always(
                (Call _) -> requests.incrementAndGet() == request,
                arrives ? new Fault.LoseAnswer() : new Fault.LoseRequest());
        faults.always((Call _) -> requests.get() > request, new Fault.LoseRequest());
        String job = at.start(true);
        Patience.await(
                "the run breaks or ends", () -> at.ended(job) || at.attempts(job) > 1 || requests.get() > request + 40);
        faults.heal();
        Job ended = at.await(job);
        if (ended.state() == JobState.FAILED) {
            at.retry(job);
            ended = at.await(job);
        }
        assertSucceeded(ended);
        return requests.get() >= request;
    }

    @Test
    void mistakesInTheSettingsAreFound() {
        assertThatThrownBy(() -> settings()
                        .set("source.bucket", "files")
                        .set("target.bucket", "files")
                        .build())
                .hasMessageContaining("source.folder")
                .hasMessageContaining("target.bucket");
    }

    @Test
    void theTimeOfModificationIsReadFromAVersion() {
        for (long nanoseconds : new long[] {0, 1_767_323_045_000_000_000L, -5_000_000_000L}) {
            assertThat(LocalVersion.modified(new LocalVersion(7, 3, nanoseconds, -9).tag()))
                    .isEqualTo(Instant.ofEpochSecond(0, nanoseconds));
        }
    }
}
