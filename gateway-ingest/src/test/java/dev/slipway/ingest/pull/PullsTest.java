package dev.slipway.ingest.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.s3.memory.Faults;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SshdServer;
import dev.slipway.transfer.job.JobState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.Year;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls from a real SSH server into a real store. */
@S3Store
class PullsTest {
    private static final Instant LONG_AGO = Instant.parse("2026-01-02T03:04:05Z");

    private static @Nullable SshdServer sshd;

    private final S3Bucket bucket;
    private final Path folder;
    private final Path source;
    private @Nullable PullingGateway gateway;

    PullsTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        this.bucket = bucket;
        this.folder = folder;
        this.source = Files.createDirectory(folder.resolve("source"));
    }

    @BeforeAll
    static void startServer() throws IOException {
        sshd = SshdServer.start();
    }

    @AfterAll
    static void stopServer() {
        sshd().close();
    }

    @AfterEach
    void close() {
        if (gateway != null) {
            gateway.close();
        }
    }

    private static SshdServer sshd() {
        if (sshd == null) {
            throw new IllegalStateException("not started");
        }
        return sshd;
    }

    private PullingGateway start(SettingsBuilder<PullSettings> settings) throws IOException {
        if (gateway != null) {
            gateway.close();
        }
        gateway = new PullingGateway(
                new TestStore(bucket.endpoint(), folder.resolve("store")),
                bucket.name(),
                PullingGateway.remote(sshd(), sshd().port()),
                Clock.systemUTC(),
                List.of(settings.build()));
        return gateway;
    }

    private SettingsBuilder<PullSettings> settings() {
        return PullingGateway.settings(source);
    }

    private Path write(String path, String content) throws IOException {
        return write(path, content.getBytes(StandardCharsets.UTF_8), LONG_AGO);
    }

    private Path write(String path, byte[] content, Instant modified) throws IOException {
        Path file = source.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, content);
        return Files.setLastModifiedTime(file, FileTime.from(modified));
    }

    private void assertStored(String path, byte[] content) throws Exception {
        assertThat(gateway()
                        .files()
                        .checksum(VirtualPath.parse(path), DigestAlgorithm.SHA256, 0, Long.MAX_VALUE, () -> false))
                .isEqualTo(MessageDigest.getInstance("SHA-256").digest(content));
    }

    private PullingGateway gateway() {
        if (gateway == null) {
            throw new IllegalStateException("not started");
        }
        return gateway;
    }

    @Test
    void whatIsNewOrChangedIsStoredWithItsTimeAndOnlyOnce() throws Exception {
        PullingGateway gateway = start(settings());
        write("one.txt", "one");
        write("deep/er/two.txt", "two!");
        write("empty", "");

        PullReport first = gateway.run(false);

        assertThat(first.stored()).isEqualTo(3);
        assertThat(first.bytes()).isEqualTo(7);
        assertStored("/deep/er/two.txt", "two!".getBytes(StandardCharsets.UTF_8));
        assertThat(gateway.stat("/one.txt").modified()).isEqualTo(LONG_AGO);
        assertThat(gateway.stat("/empty").size()).isZero();

        write("one.txt", "one more");
        write("deep/three.txt", "three");

        PullReport second = gateway.run(false);

        assertThat(second.stored()).isEqualTo(2);
        assertThat(second.unchanged()).isEqualTo(2);
        assertStored("/one.txt", "one more".getBytes(StandardCharsets.UTF_8));
        assertThat(gateway.run(false).stored()).isZero();
    }

    @Test
    void aLargeFileIsReadInSeveralRangesAndArrivesWhole() throws Exception {
        byte[] content = Bytes.random(1, (37 << 20) + 12_345);
        write("large.bin", content, LONG_AGO);
        PullingGateway gateway = start(settings());

        assertThat(gateway.run(false).stored()).isEqualTo(1);

        assertStored("/large.bin", content);
        assertThat(gateway.memory().reservedBytes()).isZero();
    }

    @Test
    void aFileThatCouldNotBeStoredIsTriedAgainByTheNextRun() throws Exception {
        write("a.txt", "a");
        write("b/c.txt", "c");
        PullingGateway gateway = start(settings());
        // Where the folder would be is a file.
        try (FileUpload upload = gateway.files().create(VirtualPath.parse("/b"), CreateMode.NEW)) {
            upload.write(0, ByteBuffer.wrap(new byte[1]));
            upload.commit();
        }

        String job = gateway.start(false);

        assertThat(gateway.await(job).state()).isEqualTo(JobState.FAILED);
        PullReport report = gateway.pulls().report(job).orElseThrow();
        assertThat(report.stored()).isEqualTo(1);
        assertThat(report.failed()).isEqualTo(1);
        assertThat(report.problems()).singleElement().asString().startsWith("b/c.txt: ");

        gateway.files().delete(VirtualPath.parse("/b"));

        assertThat(gateway.run(false).stored()).isEqualTo(1);
        assertThat(gateway.isStored("/b/c.txt")).isTrue();
    }

    @Test
    void aFullRunFetchesAgainWhatWasDeletedOrChangedInTheBucket() throws Exception {
        write("deleted.txt", "deleted");
        write("changed.txt", "changed");
        write("kept.txt", "kept");
        PullingGateway gateway = start(settings());
        gateway.run(false);
        gateway.files().delete(VirtualPath.parse("/deleted.txt"));
        try (FileUpload upload = gateway.files().create(VirtualPath.parse("/changed.txt"), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(new byte[3]));
            upload.commit();
        }

        assertThat(gateway.run(false).stored()).isZero();
        PullReport full = gateway.run(true);

        assertThat(full.stored()).isEqualTo(2);
        assertThat(full.unchanged()).isEqualTo(1);
        assertStored("/changed.txt", "changed".getBytes(StandardCharsets.UTF_8));
        assertThat(gateway.isStored("/deleted.txt")).isTrue();
    }

    /** A request for a thousand files, and not one for each. */
    @Test
    void aFullRunListsTheTarget() throws Exception {
        for (int i = 0; i < 40; i++) {
            write("folder" + i % 2 + "/" + i, "content");
        }
        Faults requests = new Faults();
        gateway = new PullingGateway(
                new TestStore(TestBucket.of(bucket).with(requests), folder.resolve("store")),
                bucket.name(),
                PullingGateway.remote(sshd(), sshd().port()),
                Clock.systemUTC(),
                List.of(settings().set("target.key", "{year}/{path}").build()));
        assertThat(gateway.run(false).stored()).isEqualTo(40);
        gateway.files().delete(stored("17"));
        requests.forgetCalls();

        PullReport full = gateway.run(true);

        assertThat(full.unchanged()).isEqualTo(39);
        assertThat(full.stored()).isEqualTo(1);
        assertThat(requests.calls()).hasSizeLessThan(20);
    }

    private static VirtualPath stored(String name) throws Exception {
        return VirtualPath.parse("/" + Year.now(ZoneOffset.UTC) + "/folder1/" + name);
    }

    @Test
    void whatAnEarlierSourceHadIsForgotten() throws Exception {
        write("old/a", "a");
        write("new/b", "b");
        start(settings().set("folder", source.resolve("old"))).run(false);

        PullingGateway changed = start(settings().set("folder", source.resolve("new")));
        assertThat(changed.run(false).stored()).isEqualTo(1);

        assertThat(changed.count("SELECT COUNT(*) FROM pull_files")).isEqualTo(1);
    }

    @Test
    void aFileThatMayStillBeWrittenToIsLeftForTheNextRun() throws Exception {
        PullingGateway gateway = start(settings().set("settledAfter", "1h"));
        Path growing = write("growing.log", "line".getBytes(StandardCharsets.UTF_8), Instant.now());

        PullReport first = gateway.run(false);

        assertThat(first.stored()).isZero();
        assertThat(first.waiting()).isEqualTo(1);

        Files.setLastModifiedTime(growing, FileTime.from(Instant.now().minus(Duration.ofHours(2))));

        assertThat(gateway.run(false).stored()).isEqualTo(1);
    }

    @Test
    void patternsSayWhatIsFetched() throws Exception {
        write("a.csv", "a");
        write("deep/b.csv", "b");
        write("deep/b.txt", "b");
        write("old/c.csv", "c");
        PullingGateway gateway = start(settings().set("include", "**/*.csv").set("exclude", "old/**"));

        PullReport report = gateway.run(false);

        assertThat(report.found()).isEqualTo(2);
        assertThat(gateway.isStored("/a.csv")).isTrue();
        assertThat(gateway.isStored("/deep/b.csv")).isTrue();
    }

    @Test
    void linksAreLeftOutOrFollowedButNotRoundInCircles() throws Exception {
        write("real/file.txt", "file");
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Files.writeString(outside.resolve("secret.txt"), "secret");
        Files.setLastModifiedTime(outside.resolve("secret.txt"), FileTime.from(LONG_AGO));
        Files.createSymbolicLink(source.resolve("loop"), source);
        Files.createSymbolicLink(source.resolve("real/up"), source.resolve("real"));
        Files.createSymbolicLink(source.resolve("other"), source.resolve("real"));
        Files.createSymbolicLink(source.resolve("out"), outside);
        Files.createSymbolicLink(source.resolve("dangling"), source.resolve("nothing"));

        PullReport skipping = start(settings()).run(false);
        assertThat(skipping.found()).isEqualTo(1);
        assertThat(skipping.leftOut()).isEqualTo(5);

        PullReport inside =
                start(settings().set("name", "p").set("links", "inside")).run(false);
        assertThat(inside.found()).isEqualTo(2);
        assertThat(gateway().isStored("/other/file.txt")).isTrue();
        assertThat(gateway().isStored("/out/secret.txt")).isFalse();

        PullReport following = start(settings().set("links", "follow")).run(false);
        assertThat(following.found()).isEqualTo(3);
        assertThat(gateway().isStored("/out/secret.txt")).isTrue();
    }

    @Test
    void namesThatAreNotValidKeysAreReportedAndSkipped() throws Exception {
        write("good.txt", "good");
        write("new\nline.txt", "bad");
        Files.write(source.resolve("x"), new byte[1]);
        // Java cannot name a file in bytes that are no UTF-8.
        new ProcessBuilder("sh", "-c", "mv x \"$(printf 'caf\\351')\"")
                .directory(source.toFile())
                .start()
                .waitFor();
        PullingGateway gateway = start(settings().set("settledAfter", "0s"));

        PullReport report = gateway.run(false);

        assertThat(report.stored()).isEqualTo(1);
        assertThat(report.invalid()).isEqualTo(2);
        assertThat(report.failed()).isZero();
        assertThat(report.problems()).hasSize(2);
    }

    @Test
    void aDryRunOnlySaysWhatItWouldDo() throws Exception {
        write("a.txt", "a");
        PullingGateway gateway = start(settings());

        String job = gateway.pulls().run("p", false, true, "test");
        gateway.await(job);

        assertThat(gateway.pulls().report(job).orElseThrow().problems()).containsExactly("would store a.txt (1 byte)");
        assertThat(gateway.isStored("/a.txt")).isFalse();
        assertThat(gateway.run(false).stored()).isEqualTo(1);
    }

    @Test
    void keysFollowATemplate() throws Exception {
        write("in/a.txt", "a");
        PullingGateway gateway =
                start(settings().set("target.prefix", "from/").set("target.key", "{task}/{folder}-{stem}.{extension}"));

        gateway.run(false);

        assertThat(gateway.isStored("/from/p/in-a.txt")).isTrue();
        assertThat(gateway.run(true).unchanged()).isEqualTo(1);
    }
}
