package dev.slipway.ingest.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.ArchiveMember;
import dev.slipway.core.archive.ArchivedObject;
import dev.slipway.core.s3.memory.Call;
import dev.slipway.core.s3.memory.Call.Operation;
import dev.slipway.core.s3.memory.Fault;
import dev.slipway.core.s3.memory.Faults;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.MemorySlot;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobState;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files of a bucket become archives, which GNU tar and zstd read. The store is in memory, with faults. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ArchivesTest {
    private static final int MIB = 1 << 20;

    private final Faults faults = new Faults();
    private final TestBucket bucket = TestBucket.inMemory().with(faults);
    private final Path folder;
    private final Map<String, byte[]> contents = new TreeMap<>();
    private @Nullable ArchivingGateway gateway;

    ArchivesTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @AfterEach
    void close() {
        if (gateway != null) {
            gateway.close();
        }
    }

    private ArchivingGateway start(SettingsBuilder<ArchiveSettings> settings) {
        ArchivingGateway started = new ArchivingGateway(
                new TestStore(bucket, folder.resolve("state")), bucket.name(), List.of(settings.build()));
        gateway = started;
        return started;
    }

    private void put(ArchivingGateway to, String key, byte[] content) throws IOException {
        to.put(key, content);
        contents.put(key, content);
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void assertSucceeded(Job job) {
        assertThat(job.state()).as(job.message()).isEqualTo(JobState.SUCCEEDED);
    }

    private static String sha256(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }

    /** What the tools extract from an archive. */
    private Map<String, byte[]> extract(byte[] archive, String name) throws Exception {
        Path directory = Files.createTempDirectory(folder, "extracted");
        Files.write(directory.resolve(name), archive);
        String command = name.endsWith(".zst")
                ? "zstd -qt '%1$s' && mkdir out && tar --zstd -xf '%1$s' -C out"
                : "mkdir out && tar -xf '%1$s' -C out";
        Process tar = new ProcessBuilder("bash", "-ec", command.formatted(name))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(tar.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(tar.waitFor()).as(output).isZero();
        Map<String, byte[]> files = new TreeMap<>();
        Path out = directory.resolve("out");
        try (var paths = Files.walk(out)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                files.put(out.relativize(path).toString(), Files.readAllBytes(path));
            }
        }
        return files;
    }

    /** What somebody reads who knows only what the database says. */
    private static byte[] read(byte[] archive, ArchivedObject object) throws IOException {
        ArchiveMember member = object.member();
        InputStream range =
                new ByteArrayInputStream(archive, Math.toIntExact(member.offset()), Math.toIntExact(member.length()));
        InputStream content =
                object.archive().format() == Archive.Format.TAR ? range : new ZstdInputStreamNoFinalizer(range);
        content.skipNBytes(member.contentOffset());
        return content.readNBytes(Math.toIntExact(member.size()));
    }

    private static void assertSame(Map<String, byte[]> actual, Map<String, byte[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((key, content) -> assertThat(actual.get(key)).as(key).isEqualTo(content));
    }

    @ParameterizedTest
    @EnumSource(ArchiveSettings.Form.class)
    void theFilesOfAFolderBecomeAnArchive(ArchiveSettings.Form format) throws Exception {
        ArchivingGateway at = start(ArchivingGateway.settings().set("format", format));
        for (int i = 0; i < 60; i++) {
            put(at, "in/day=1/%03d.log".formatted(i), text("line ".repeat(i * 40)));
        }
        put(at, "in/day=1/empty", new byte[0]);
        put(at, "in/day=1/" + "long".repeat(50) + ".csv", Bytes.random(1, 3000));
        put(at, "in/day=1/größe 日本", text("named in UTF-8"));
        put(at, "in/day=1/random", Bytes.random(2, 5 * MIB + 17));
        Instant set = Instant.parse("2026-01-02T03:04:05Z");
        ObjectInfo timed = at.store().store().head(at.key("in/day=1/000.log")).orElseThrow();
        at.store().attributes().put(timed, set);

        assertSucceeded(at.run(true));

        Archive archive = at.archives().list(null, 10).getFirst();
        assertThat(at.archives().list(null, 10)).hasSize(1);
        String key = archive.key().key();
        assertThat(key)
                .isEqualTo(
                        "archives/day=1/" + archive.id() + (format == ArchiveSettings.Form.TAR ? ".tar" : ".tar.zst"));
        assertThat(at.keys("archives/"))
                .containsExactlyInAnyOrder(key, "archives/day=1/" + archive.id() + ".index.json.gz");
        assertThat(at.keys("in/")).isEmpty();
        byte[] bytes = at.get(key);
        assertThat(archive.bytes()).isEqualTo(bytes.length);
        assertSame(extract(bytes, key.substring(key.lastIndexOf('/') + 1)), contents);

        List<ArchivedObject> members = at.archives().members(archive.id(), -1, 1000);
        assertThat(archive.members()).isEqualTo(contents.size());
        Map<String, byte[]> read = new TreeMap<>();
        for (ArchivedObject member : members) {
            byte[] content = read(bytes, member);
            read.put(member.key().key(), content);
            assertThat(member.member().sha256()).isEqualTo(sha256(content));
        }
        assertSame(read, contents);
        assertThat(at.table()
                        .find(at.key("in/day=1/000.log"))
                        .orElseThrow()
                        .member()
                        .modified())
                .isEqualTo(set);
        assertThat(at.archives().find("*größe*", 10)).hasSize(1);
        assertThat(at.archives().find("in/day=_*", 10)).isEmpty();
        assertThat(at.archives().verify(archive.id())).isEqualTo(contents.size());
    }

    @Test
    void aReplacedArchiveIsNoticed() throws Exception {
        ArchivingGateway at = start(ArchivingGateway.settings());
        put(at, "in/a", Bytes.random(1, 100_000));
        assertSucceeded(at.run(true));
        Archive archive = at.archives().list(null, 1).getFirst();
        byte[] bytes = at.get(archive.key().key());
        bytes[50_000] ^= 1;
        at.put(archive.key().key(), bytes);
        assertThatThrownBy(() -> at.archives().verify(archive.id()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("replaced");
    }

    /** Whoever holds the memory of an upload must not wait for the memory of downloads. */
    @Test
    void aRunThatHasBegunNeedsNoMoreMemory() throws Exception {
        ArchivingGateway at = start(ArchivingGateway.settings());
        for (int i = 0; i < 40; i++) {
            put(at, "in/" + i, Bytes.random(i, 1000));
        }
        put(at, "in/large", Bytes.random(50, 3 * MIB));
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        faults.once(call -> call.is(Operation.GET, "in/0"), new Fault.Hold(gate));
        String job = at.start(true);
        Patience.await(
                "it is being read", () -> faults.calls().stream().anyMatch(call -> call.is(Operation.GET, "in/0")));
        List<MemorySlot> others = new ArrayList<>();
        for (Optional<MemorySlot> slot = other(at, 0); slot.isPresent(); slot = other(at, others.size())) {
            others.add(slot.get());
        }
        CompletableFuture<@Nullable Void> complete = new CompletableFuture<>();
        faults.once(ArchivesTest::storesArchive, new Fault.Hold(complete));
        gate.complete(null);
        Patience.await("all is read", () -> faults.calls().stream().anyMatch(ArchivesTest::storesArchive));
        others.forEach(MemorySlot::close);
        complete.complete(null);
        Job ended = at.await(job);
        assertSucceeded(ended);
        assertThat(ended.attempt()).isEqualTo(1);
        assertThat(at.keys("in/")).isEmpty();
        Patience.await(
                "all memory is returned",
                () -> at.store().readAhead().reservedBytes() == 0
                        && at.store().parts().reservedBytes() == 0);
    }

    private static boolean storesArchive(Call call) {
        return call.is(Operation.PUT) && call.key().endsWith(".tar");
    }

    private static Optional<MemorySlot> other(ArchivingGateway at, int number) {
        return at.store().readAhead().tryAdmit("other" + number, MIB);
    }

    @Test
    void aRunThatIsCancelledEndsTheUploadThatIsOpen() throws Exception {
        ArchivingGateway at = start(ArchivingGateway.settings().set("maxFiles", "1"));
        put(at, "in/1", Bytes.random(1, 1000));
        // More than the memory for parts, so that the upload cannot reach its commit.
        put(at, "in/2", Bytes.random(2, 72 * MIB));
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        faults.forgetCalls();
        faults.always(call -> call.is(Operation.UPLOAD_PART), new Fault.Hold(gate));
        String job = at.start(true);
        Patience.await(
                "a part of the second is on its way",
                () -> faults.calls().stream().anyMatch(call -> call.is(Operation.UPLOAD_PART)));
        at.cancel(job);
        assertThat(at.await(job).state()).isEqualTo(JobState.CANCELLED);
        gate.complete(null);
        assertThat(at.keys("in/")).containsExactly("in/2");
        assertThat(at.archives().list(null, 10)).hasSize(1);
    }

    @Test
    void archivesEndBySizeAndCount() throws Exception {
        ArchivingGateway at =
                start(ArchivingGateway.settings().set("maxSize", "10KB").set("maxFiles", "4"));
        put(at, "in/0-large", Bytes.random(1, 30_000));
        for (int i = 0; i < 5; i++) {
            put(at, "in/a" + i, Bytes.random(i, 100));
        }
        put(at, "in/b1", Bytes.random(7, 6000));
        put(at, "in/b2", Bytes.random(8, 6000));
        put(at, "in/sub/c", text("of another folder"));
        assertSucceeded(at.run(true));
        List<List<String>> members = at.archives().list(null, 100).stream()
                .map(archive -> at.archives().members(archive.id(), -1, 100).stream()
                        .map(member -> member.key().key())
                        .toList())
                .toList();
        assertThat(members)
                .containsExactlyInAnyOrder(
                        List.of("in/0-large"),
                        List.of("in/a0", "in/a1", "in/a2", "in/a3"),
                        List.of("in/a4", "in/b1"),
                        List.of("in/b2"),
                        List.of("in/sub/c"));
        assertThat(at.keys("in/")).isEmpty();
    }

    @Test
    void fewFilesWaitForOthers() throws Exception {
        ArchivingGateway at = start(ArchivingGateway.settings().set("maxFiles", "3"));
        put(at, "in/1", text("1"));
        put(at, "in/2", text("2"));
        assertSucceeded(at.run(false));
        assertThat(at.archives().list(null, 10)).isEmpty();
        put(at, "in/3", text("3"));
        put(at, "in/4", text("4"));
        assertSucceeded(at.run(false));
        assertThat(at.archives().list(null, 10)).hasSize(1);
        assertThat(at.keys("in/")).containsExactly("in/4");
    }

    @Test
    void filesThatStayAreArchivedOnce() throws Exception {
        ArchivingGateway at = start(ArchivingGateway.settings().set("originals", "keep"));
        put(at, "in/a", text("first"));
        put(at, "in/b", text("stays"));
        assertSucceeded(at.run(true));
        assertThat(at.run(true).message()).startsWith("0 archives");
        at.put("in/a", text("the second, longer"));
        assertSucceeded(at.run(true));
        assertThat(at.keys("in/")).containsExactly("in/a", "in/b");
        assertThat(at.archives().find("in/*", 10).stream()
                        .map(found -> found.key().key()))
                .containsExactlyInAnyOrder("in/a", "in/a", "in/b");
    }

    /** The last copy of a file is not deleted because a row says that it was archived once. */
    @Test
    void filesWhoseArchiveIsGoneAreArchivedAgain() throws Exception {
        ArchivingGateway keeping = start(ArchivingGateway.settings().set("originals", "keep"));
        put(keeping, "in/a", text("first"));
        assertSucceeded(keeping.run(true));
        keeping.store()
                .store()
                .delete(keeping.keys("archives/").stream().map(keeping::key).toList());
        keeping.close();

        ArchivingGateway deleting = start(ArchivingGateway.settings());
        Job job = deleting.run(true);

        assertSucceeded(job);
        assertThat(job.message()).startsWith("1 archive with 1 file");
        assertThat(deleting.keys("in/")).isEmpty();
        assertThat(deleting.keys("archives/")).hasSize(2);
    }

    @Test
    void aFileThatIsReplacedMeanwhileStays() throws Exception {
        ArchivingGateway at = start(ArchivingGateway.settings());
        put(at, "in/deleted", text("deleted"));
        put(at, "in/replaced", text("old"));
        put(at, "in/same", text("same"));
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        faults.once(call -> call.is(Operation.PUT) && call.key().endsWith(".index.json.gz"), new Fault.Hold(gate));
        String job = at.start(true);
        Patience.await(
                "the archive is verified",
                () -> faults.calls().stream()
                        .anyMatch(call -> call.key().endsWith(".index.json.gz") && call.is(Operation.PUT)));
        at.put("in/replaced", text("new content"));
        at.store().store().delete(List.of(at.key("in/deleted")));
        gate.complete(null);
        assertSucceeded(at.await(job));
        assertThat(at.keys("in/")).containsExactly("in/replaced");
        assertThat(at.get("in/replaced")).isEqualTo(text("new content"));
        assertThat(at.table().find(at.key("in/deleted"))).isEmpty();
        assertThat(at.table().find(at.key("in/replaced"))).isEmpty();
        assertThat(at.table().find(at.key("in/same"))).isPresent();
    }

    @Test
    void aFileThatChangesBeforeItIsReadIsLeftOut() throws Exception {
        ArchivingGateway at = start(ArchivingGateway.settings());
        put(at, "in/a", text("a"));
        put(at, "in/b", text("b"));
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        faults.once(call -> call.is(Operation.GET, "in/b"), new Fault.Hold(gate));
        String job = at.start(true);
        Patience.await(
                "it is being read", () -> faults.calls().stream().anyMatch(call -> call.is(Operation.GET, "in/b")));
        at.put("in/b", text("changed"));
        gate.complete(null);
        assertSucceeded(at.await(job));
        assertThat(at.keys("in/")).containsExactly("in/b");
        assertThat(at.get("in/b")).isEqualTo(text("changed"));
        assertThat(at.archives().find("*", 10)).hasSize(1);
    }

    /** The connection to the store breaks at each request in turn: before it arrives, and before its answer does. */
    @Test
    void nothingIsLostOrArchivedTwiceWhereverARunBreaks() throws Exception {
        ArchivingGateway at = start(ArchivingGateway.settings());
        int breaks = 0;
        for (int request = 1; ; request++) {
            boolean isReached = false;
            for (boolean arrives : List.of(false, true)) {
                contents.clear();
                String in = "in/" + request + arrives + "/";
                for (int i = 0; i < 3; i++) {
                    put(at, in + i, Bytes.random(i, 500 + i));
                }
                isReached |= breakAt(at, request, arrives);
                breaks++;
                assertThat(at.keys("in/")).as("request " + request).isEmpty();
                List<String> stored = at.keys("archives/" + request + arrives + "/");
                assertThat(stored).as("request " + request).hasSize(2);
                String archive = stored.stream()
                        .filter(key -> key.endsWith(".tar"))
                        .findFirst()
                        .orElseThrow();
                assertSame(extract(at.get(archive), "archive.tar"), contents);
                for (String key : contents.keySet()) {
                    assertThat(at.table().all(at.key(key), 10)).as(key).hasSize(1);
                    assertThat(at.table()
                                    .find(at.key(key))
                                    .orElseThrow()
                                    .archive()
                                    .key()
                                    .key())
                            .isEqualTo(archive);
                }
            }
            if (!isReached) {
                break;
            }
        }
        assertThat(breaks).isGreaterThan(30);
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
        assertThatThrownBy(() -> new SettingsBuilder<>(ArchiveSettings.class)
                        .set("name", "a/b")
                        .set("source.prefix", "in/")
                        .set("schedule", "every day")
                        .set("timeZone", "Berlin")
                        .set("maxSize", "0B")
                        .build())
                .hasMessageContaining("name")
                .hasMessageContaining("target.prefix")
                .hasMessageContaining("schedule")
                .hasMessageContaining("timeZone")
                .hasMessageContaining("maxSize");
        assertThatThrownBy(() ->
                        ArchivingGateway.settings().set("target.prefix", "in/").build())
                .hasMessageContaining("must not contain the files of source.prefix");
    }
}
