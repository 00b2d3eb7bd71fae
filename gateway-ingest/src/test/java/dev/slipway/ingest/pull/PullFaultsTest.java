package dev.slipway.ingest.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SshdServer;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.remote.Remote;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong at the source, on the way, and with the gateway. */
@S3Store
class PullFaultsTest {
    private static final Instant LONG_AGO = Instant.parse("2026-01-02T03:04:05Z");
    private static final int LARGE = 48 << 20;

    private final S3Bucket bucket;
    private final Path folder;
    private final Path source;
    private @Nullable SshdServer sshd;
    private @Nullable PullingGateway gateway;
    private @Nullable TestStore store;

    PullFaultsTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        this.bucket = bucket;
        this.folder = folder;
        this.source = Files.createDirectory(folder.resolve("source"));
    }

    @AfterEach
    void close() {
        if (gateway != null) {
            gateway.close();
        }
        if (sshd != null) {
            sshd.close();
        }
    }

    private SshdServer start(SshdServer.Options options) throws IOException {
        sshd = options.start();
        return sshd;
    }

    private PullingGateway start(Remote remote, SettingsBuilder<PullSettings> settings) {
        if (gateway != null) {
            gateway.close();
        }
        store = new TestStore(bucket.endpoint(), folder.resolve("store"));
        gateway = new PullingGateway(store, bucket.name(), remote, Clock.systemUTC(), List.of(settings.build()));
        return gateway;
    }

    private SettingsBuilder<PullSettings> settings() {
        return PullingGateway.settings(source);
    }

    private Path write(String path, byte[] content) throws IOException {
        Path file = source.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, content);
        return Files.setLastModifiedTime(file, FileTime.from(LONG_AGO));
    }

    private static void assertStored(PullingGateway gateway, String path, byte[] content) throws Exception {
        assertThat(gateway.files()
                        .checksum(VirtualPath.parse(path), DigestAlgorithm.SHA256, 0, Long.MAX_VALUE, () -> false))
                .isEqualTo(MessageDigest.getInstance("SHA-256").digest(content));
    }

    @Test
    void aFileThatChangesWhileItIsReadIsReadAgain() throws Exception {
        // The remote's digest is computed after the file was read, and before it is looked at again.
        SshdServer server = start(SshdServer.options()
                .replacing(
                        "sha256sum",
                        original -> "[ -e " + folder + "/once ] || { touch " + folder + "/once; printf more >> "
                                + source
                                + "/changing.txt; touch -d 2026-02-03T04:05:06Z " + source + "/changing.txt; }\nexec "
                                + original + " \"$@\""));
        write("changing.txt", new byte[] {'a'});
        PullingGateway gateway = start(PullingGateway.remote(server, server.port()), settings());

        PullReport report = gateway.run(false);

        assertThat(report.stored()).isEqualTo(1);
        assertThat(report.bytes()).isEqualTo(5);
        assertStored(gateway, "/changing.txt", "amore".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aFileWhoseDigestIsAnotherIsNotStored() throws Exception {
        SshdServer server = start(SshdServer.options().replacing("sha256sum", original -> "echo 0000  -"));
        write("damaged.txt", new byte[] {'a'});
        PullingGateway gateway = start(PullingGateway.remote(server, server.port()), settings());

        PullReport report = gateway.run(false);

        assertThat(report.failed()).isEqualTo(1);
        assertThat(gateway.isStored("/damaged.txt")).isFalse();
    }

    @Test
    void aCutConnectionIsResumedWhereItBroke() throws Exception {
        SshdServer server = start(SshdServer.options());
        byte[] content = Bytes.random(1, LARGE);
        write("large.bin", content);
        try (FaultProxy proxy = FaultProxy.tcp(server.port())) {
            PullingGateway gateway = start(PullingGateway.remote(server, proxy.port()), settings());
            proxy.cutAfter(FaultProxy.Direction.TO_CLIENT, 36 << 20, FaultProxy.Ending.RST);
            String job = gateway.start(false);
            Patience.await("the connection is cut", () -> gateway.find(job).attempt() > 1);
            proxy.pass();

            assertThat(gateway.await(job).state()).isEqualTo(JobState.SUCCEEDED);
            assertStored(gateway, "/large.bin", content);
            assertThat(proxy.bytesToClient()).isLessThan(2L * LARGE - (16 << 20));
        }
    }

    @Test
    void anotherGatewayResumesWhatAKilledOneHasBegun() throws Exception {
        SshdServer server = start(SshdServer.options());
        byte[] content = Bytes.random(2, LARGE);
        write("large.bin", content);
        try (FaultProxy proxy = FaultProxy.tcp(server.port())) {
            Remote remote = PullingGateway.remote(server, proxy.port());
            PullingGateway killed = start(remote, settings());
            proxy.cutAfter(FaultProxy.Direction.TO_CLIENT, 36 << 20, FaultProxy.Ending.RST);
            String job = killed.start(false);
            Patience.await("the connection is cut", () -> killed.find(job).attempt() > 1);
            proxy.refuse();
            if (store != null) {
                store.kill();
            }
            proxy.pass();

            gateway = null;
            PullingGateway next = start(remote, settings());
            assertThat(next.await(job).state()).isEqualTo(JobState.SUCCEEDED);
            assertStored(next, "/large.bin", content);
            assertThat(proxy.bytesToClient()).isLessThan(2L * LARGE - (16 << 20));
            try {
                killed.close();
            } catch (RuntimeException e) {
                // Its database is closed.
                assertThat(e).isNotNull();
            }
        }
    }

    @Test
    void anInterruptedUploadOfAnotherVersionIsNotResumed() throws Exception {
        SshdServer server = start(SshdServer.options());
        write("large.bin", Bytes.random(3, LARGE));
        byte[] changed = Bytes.random(4, LARGE);
        try (FaultProxy proxy = FaultProxy.tcp(server.port())) {
            PullingGateway gateway = start(PullingGateway.remote(server, proxy.port()), settings());
            proxy.cutAfter(FaultProxy.Direction.TO_CLIENT, 36 << 20, FaultProxy.Ending.RST);
            String job = gateway.start(false);
            Patience.await("the connection is cut", () -> gateway.find(job).attempt() > 1);
            proxy.refuse();
            Files.write(source.resolve("large.bin"), changed);
            Files.setLastModifiedTime(source.resolve("large.bin"), FileTime.from(LONG_AGO.plusSeconds(60)));
            proxy.pass();

            assertThat(gateway.await(job).state()).isEqualTo(JobState.SUCCEEDED);
            assertStored(gateway, "/large.bin", changed);
        }
    }

    /** The memory of an upload would otherwise wait for the remote. */
    @Test
    void anUploadIsOpenedOnlyOnceThereIsAChannelToReadItsFile() throws Exception {
        SshdServer server = start(SshdServer.options());
        for (int i = 0; i < 4; i++) {
            write("file" + i, Bytes.random(i, 24 << 20));
        }
        PullingGateway gateway = start(
                PullingGateway.remote(server, server.port(), 1),
                settings().set("maxFiles", "4").set("verify", "size"));
        PartPool parts = Objects.requireNonNull(store).parts();
        String job = gateway.start(false);
        Patience.await("a file is read", () -> gateway.find(job).bytesDone() > 0);

        // The others wait for the only channel.
        server.freeze();
        try {
            Patience.await("what was read is stored", () -> parts.open() <= 1);
        } finally {
            server.thaw();
        }

        assertThat(gateway.await(job).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(gateway.pulls().report(job).orElseThrow().stored()).isEqualTo(4);
    }

    /** While it connects, lists, reads, and deletes what is stored. */
    @ParameterizedTest
    @ValueSource(ints = {20, 8_000, 40_000})
    void wheneverTheConnectionIsCutNothingIsLost(int bytes) throws Exception {
        SshdServer server = start(SshdServer.options());
        for (int i = 0; i < 30; i++) {
            write("folder" + i % 3 + "/" + i, Bytes.random(i, 1000));
        }
        try (FaultProxy proxy = FaultProxy.tcp(server.port())) {
            PullingGateway gateway = start(
                    PullingGateway.remote(server, proxy.port()),
                    settings().set("afterwards", "delete").set("verify", "size"));
            proxy.cutAfter(FaultProxy.Direction.TO_CLIENT, bytes, FaultProxy.Ending.RST);
            String job = gateway.start(false);
            Patience.await(
                    "the connection is cut, or all was read",
                    () -> gateway.find(job).attempt() > 1
                            || gateway.find(job).state().isEnd());
            proxy.pass();

            assertThat(gateway.await(job).state()).isEqualTo(JobState.SUCCEEDED);
            assertThat(gateway.run(false).failed()).isZero();
            for (int i = 0; i < 30; i++) {
                assertStored(gateway, "/folder" + i % 3 + "/" + i, Bytes.random(i, 1000));
                assertThat(source.resolve("folder" + i % 3 + "/" + i)).doesNotExist();
            }
        }
    }

    @Test
    void aRunWhoseSourceHangsCanBeCancelledAndHoldsNothing() throws Exception {
        SshdServer server = start(SshdServer.options());
        write("large.bin", Bytes.random(1, LARGE));
        PullingGateway gateway = start(PullingGateway.remote(server, server.port()), settings());
        String job = gateway.start(false);
        Patience.await("it is read", () -> gateway.find(job).bytesDone() > 0);
        server.freeze();
        try {
            gateway.cancel(job);

            assertThat(gateway.await(job).state()).isEqualTo(JobState.CANCELLED);
            Patience.await(
                    "nothing is held",
                    () -> gateway.memory().reservedBytes() == 0
                            && Objects.requireNonNull(store).parts().open() == 0);
        } finally {
            server.thaw();
        }

        assertThat(gateway.run(false).stored()).isEqualTo(1);
    }

    @Test
    void aServerWithAnotherHostKeyGetsNothing() throws Exception {
        SshdServer server = start(SshdServer.options());
        write("a.txt", new byte[] {'a'});
        Remote remote = PullingGateway.remote(server, server.port());
        server.changeHostKeys();
        PullingGateway gateway = start(remote, settings());

        Job job = gateway.await(gateway.start(false));

        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(job.message()).contains("does not have an accepted host key");
        assertThat(gateway.isStored("/a.txt")).isFalse();
    }

    @Test
    void whatHasVanishedIsDeletedOnlyIfTheSourceCouldBeListed() throws Exception {
        SshdServer server = start(SshdServer.options().restrictedUser());
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        write("kept.txt", new byte[] {'k'});
        write("vanished.txt", new byte[] {'v'});
        write("changed.txt", new byte[] {'c'});
        write("closed/in.txt", new byte[] {'i'});
        PullingGateway gateway =
                start(PullingGateway.remote(server, server.port()), settings().set("vanished", "delete"));
        assertThat(gateway.run(false).stored()).isEqualTo(4);
        try (FileUpload upload = gateway.files().create(VirtualPath.parse("/changed.txt"), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(new byte[3]));
            upload.commit();
        }
        Files.delete(source.resolve("vanished.txt"));
        Files.delete(source.resolve("changed.txt"));
        Path closed = source.resolve("closed");
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));

        assertThat(gateway.run(true).vanished()).isZero();
        assertThat(gateway.isStored("/vanished.txt")).isTrue();

        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThat(gateway.run(true).vanished()).isEqualTo(1);
        assertThat(gateway.isStored("/vanished.txt")).isFalse();
        assertThat(gateway.isStored("/changed.txt")).isTrue();
        assertThat(gateway.isStored("/closed/in.txt")).isTrue();

        // As if the disk of the source were not mounted.
        Files.move(source, folder.resolve("elsewhere"));
        Files.createDirectory(source);
        PullReport empty = gateway.run(true);
        assertThat(empty.vanished()).isZero();
        assertThat(empty.problems()).containsExactly("the source is empty: vanished files are kept");
        assertThat(gateway.isStored("/kept.txt")).isTrue();
    }

    @Test
    void whatHasVanishedIsMovedAside() throws Exception {
        SshdServer server = start(SshdServer.options());
        write("kept.txt", new byte[] {'k'});
        write("deep/vanished.txt", new byte[] {'v'});
        PullingGateway gateway = start(
                PullingGateway.remote(server, server.port()),
                settings().set("vanished", "move").set("vanishedFolder", "aside"));
        gateway.run(false);
        Files.delete(source.resolve("deep/vanished.txt"));

        assertThat(gateway.run(true).vanished()).isEqualTo(1);

        assertThat(gateway.isStored("/deep/vanished.txt")).isFalse();
        assertThat(gateway.isStored("/aside/deep/vanished.txt")).isTrue();
    }

    @Test
    void theSourceIsDeletedOnceTheStoreHasConfirmed() throws Exception {
        SshdServer server = start(SshdServer.options());
        write("a/b.txt", new byte[] {'b'});
        PullingGateway gateway =
                start(PullingGateway.remote(server, server.port()), settings().set("afterwards", "delete"));

        assertThat(gateway.run(false).stored()).isEqualTo(1);

        assertThat(source.resolve("a/b.txt")).doesNotExist();
        assertThat(gateway.isStored("/a/b.txt")).isTrue();
        // The next file of that name is another one.
        write("a/b.txt", new byte[] {'c'});
        assertThat(gateway.run(false).stored()).isEqualTo(1);
        assertStored(gateway, "/a/b.txt", new byte[] {'c'});
    }

    @Test
    void theSourceIsMovedIntoAFolderThatIsNotFetched() throws Exception {
        SshdServer server = start(SshdServer.options());
        write("b.txt", new byte[] {'b'});
        PullingGateway gateway = start(
                PullingGateway.remote(server, server.port()),
                settings().set("afterwards", "move").set("afterwardsFolder", source.resolve("done")));

        gateway.run(false);
        write("b.txt", new byte[] {'c'});
        PullReport second = gateway.run(false);

        assertThat(second.found()).isEqualTo(1);
        try (Stream<Path> done = Files.list(source.resolve("done"))) {
            assertThat(done).hasSize(2);
        }
        assertThat(source.resolve("b.txt")).doesNotExist();
    }
}
