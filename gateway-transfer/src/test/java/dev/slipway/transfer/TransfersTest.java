package dev.slipway.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Network;
import dev.slipway.core.account.Permission;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.PresignedRequest;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SmallFileSystem;
import dev.slipway.testing.SshdServer;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobFilter;
import dev.slipway.transfer.job.JobSettings;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.push.PushOrder;
import dev.slipway.transfer.push.PushOrderException;
import dev.slipway.transfer.push.PushSettings;
import dev.slipway.transfer.push.SourceRules;
import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.StoredRemotes;
import dev.slipway.transfer.remote.TransferMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Orders, from a real store through the queue to a real SSH server. */
@S3Store
class TransfersTest {
    private static final int MIB = 1 << 20;
    private static final JobSettings JOBS = new JobSettings(
            4,
            Duration.ofMillis(300),
            Duration.ofMillis(100),
            Duration.ofSeconds(1),
            50,
            Duration.ofDays(1),
            1000,
            Duration.ofMillis(100));

    private static @Nullable SshdServer sshd;

    private final S3Bucket bucket;
    private final S3AsyncClient s3;
    private final TestStore store;
    private final Path state;
    private final Path folder;
    private StateDatabase database;
    private Transfers transfers;

    TransfersTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        this.bucket = bucket;
        this.s3 = bucket.endpoint().newClient();
        this.store = new TestStore(bucket.endpoint(), folder.resolve("store"));
        this.state = folder.resolve("state").resolve("state.db");
        this.folder = Files.createDirectory(folder.resolve("remote"));
        this.database = StateDatabase.open(state);
        this.transfers = started();
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
        transfers.close();
        database.close();
        store.close();
        s3.close();
    }

    private static SshdServer sshd() {
        if (sshd == null) {
            throw new IllegalStateException("not started");
        }
        return sshd;
    }

    private Transfers started() throws IOException {
        SecretBox secrets = new SecretBox(new byte[SecretBox.KEY_LENGTH]);
        Transfers result = new Transfers(
                database,
                store.store(),
                new StoredRemotes(
                        database,
                        secrets,
                        List.of(
                                remote("vault", sshd().hostKey(), OptionalInt.empty()),
                                remote("careful", sshd().hostKey(), OptionalInt.of(10)),
                                measuredElsewhere(),
                                remote(
                                        "impostor",
                                        "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                        OptionalInt.empty()))),
                secrets,
                new PushSettings(
                        null,
                        PushSettings.DEFAULT_URL_LIFETIME,
                        OptionalInt.empty(),
                        new SourceRules(List.of(), List.of(Network.parse("127.0.0.0/8")))),
                JOBS,
                this::account,
                Clock.systemUTC());
        result.start();
        return result;
    }

    /** One whose disk fills up only while a file is sent: another file system is measured before. */
    private static Remote measuredElsewhere() throws IOException {
        return new Remote(
                "full",
                "127.0.0.1",
                sshd().port(),
                sshd().user(),
                new Credentials.PrivateKey(Files.readString(sshd().userKey()), null),
                List.of(sshd().hostKey()),
                List.of(),
                TransferMode.AUTO,
                Remote.DEFAULT_MAX_JOBS,
                Remote.DEFAULT_MAX_CHANNELS,
                OptionalInt.empty(),
                "/");
    }

    private static Remote remote(String name, String hostKey, OptionalInt freeSpacePercentage) throws IOException {
        return remote(sshd(), name, hostKey, freeSpacePercentage);
    }

    private static Remote remote(SshdServer server, String name, String hostKey, OptionalInt freeSpacePercentage)
            throws IOException {
        return new Remote(
                name,
                "127.0.0.1",
                server.port(),
                server.user(),
                new Credentials.PrivateKey(Files.readString(server.userKey()), null),
                List.of(hostKey),
                List.of(),
                TransferMode.AUTO,
                Remote.DEFAULT_MAX_JOBS,
                Remote.DEFAULT_MAX_CHANNELS,
                freeSpacePercentage,
                "");
    }

    private Optional<Account> account(String name) {
        try {
            return name.equals("anna")
                    ? Optional.of(new Account(
                            name,
                            List.of(new Mount(VirtualPath.parse("/home"), bucket.name(), "anna/", false)),
                            EnumSet.of(Permission.READ, Permission.LIST)))
                    : Optional.empty();
        } catch (VfsException e) {
            throw new IllegalStateException(e);
        }
    }

    private byte[] put(String key, int size) {
        byte[] content = Bytes.random(key.hashCode(), size);
        s3.putObject(request -> request.bucket(bucket.name()).key(key), AsyncRequestBody.fromBytes(content))
                .join();
        return content;
    }

    private PushOrder order(String source, String destination) {
        return order(source, destination, false);
    }

    private PushOrder order(String source, String destination, boolean makeFolders) {
        return PushOrder.builder(bucket.name() + ":" + source, destination, "test")
                .makeFolders(makeFolders)
                .build();
    }

    private Job await(String id, Predicate<Job> reached) throws InterruptedException {
        CountDownLatch seen = new CountDownLatch(1);
        AutoCloseable subscription = transfers.jobs().subscribe(job -> {
            if (job.id().equals(id) && reached.test(job)) {
                seen.countDown();
            }
        });
        try (subscription) {
            Job now = transfers.jobs().find(id).orElseThrow();
            if (!reached.test(now)) {
                assertThat(seen.await(Patience.SECONDS, TimeUnit.SECONDS))
                        .as("%s", transfers.jobs().find(id))
                        .isTrue();
            }
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return transfers.jobs().find(id).orElseThrow();
    }

    private Job awaitEnd(String id) throws InterruptedException {
        return await(id, job -> job.state().isEnd());
    }

    private Job push(String source, String destination) throws Exception {
        return awaitEnd(transfers.pushes().submit(order(source, destination)).id());
    }

    private Job push(String source, String destination, boolean makeFolders) throws Exception {
        return awaitEnd(transfers
                .pushes()
                .submit(order(source, destination, makeFolders))
                .id());
    }

    @Test
    void anObjectArrives() throws Exception {
        byte[] content = put("media/reel.mxf", 3 * MIB);
        Job job = push("media/reel.mxf", "vault:" + folder + "/");
        assertThat(job.state()).as(job.message()).isEqualTo(JobState.SUCCEEDED);
        assertThat(job.bytesDone()).isEqualTo(3 * MIB).isEqualTo(job.bytesTotal());
        assertThat(folder.resolve("reel.mxf")).hasBinaryContent(content);
        assertThat(transfers.jobs().attempts(job.id())).hasSize(1);
    }

    @Test
    void permanentFailuresAreNotRetried() throws Exception {
        put("file", 10);
        Job missing = push("missing", "vault:" + folder + "/x");
        assertThat(missing.state()).isEqualTo(JobState.FAILED);
        assertThat(transfers.jobs().attempts(missing.id())).hasSize(1);
        Job impostor = push("file", "impostor:" + folder + "/x");
        assertThat(impostor.state()).isEqualTo(JobState.FAILED);
        assertThat(impostor.message()).contains("SHA256:");
        assertThat(transfers.jobs().attempts(impostor.id())).hasSize(1);
        Job nowhere = push("file", "vault:" + folder + "/nowhere/x");
        assertThat(nowhere.state()).isEqualTo(JobState.FAILED);
        Files.createDirectory(folder.resolve("nowhere"));
        assertThat(transfers.jobs().retry(nowhere.id())).isTrue();
        assertThat(awaitEnd(nowhere.id()).state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void namesThatAreTooLongFailAtOnce() throws Exception {
        put("file", 10);
        Job job = push("file", "vault:" + folder + "/" + "n".repeat(256));
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(job.message()).contains("does not accept the name, which may be too long");
        assertThat(transfers.jobs().attempts(job.id())).hasSize(1);
        Job below = push("file", "vault:" + folder + "/" + "n".repeat(256) + "/file", true);
        assertThat(below.state()).isEqualTo(JobState.FAILED);
        assertThat(transfers.jobs().attempts(below.id())).hasSize(1);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void whatTheStoreRefusesAsARequestFailsAtOnce() throws Exception {
        put("file", 10);
        Job version = awaitEnd(transfers
                .pushes()
                .submit(PushOrder.builder(bucket.name() + ":file", "vault:" + folder + "/x", "test")
                        .versionId("no-version\u0001")
                        .build())
                .id());
        assertThat(version.state()).as(version.message()).isEqualTo(JobState.FAILED);
        assertThat(transfers.jobs().attempts(version.id())).hasSize(1);
        Job bucketless = awaitEnd(transfers
                .pushes()
                .submit(PushOrder.of("no-such-bucket-of-slipway:", "vault:" + folder + "/", "test"))
                .id());
        assertThat(bucketless.state()).as(bucketless.message()).isEqualTo(JobState.FAILED);
        assertThat(transfers.jobs().attempts(bucketless.id())).hasSize(1);
        for (String order : List.of("no-such-bucket-of-slipway:file", "no-such-bucket-of-slipway:*")) {
            Job file = awaitEnd(transfers
                    .pushes()
                    .submit(PushOrder.of(order, "vault:" + folder + "/", "test"))
                    .id());
            assertThat(file.state()).as(file.message()).isEqualTo(JobState.FAILED);
            assertThat(file.message()).contains("NoSuchBucket");
        }
    }

    /** A message that is delivered again, or a request that is repeated, must not send a file twice. */
    @Test
    void anIdBelongsToOneOrder() throws Exception {
        put("file", 10);
        put("other", 10);
        PushOrder.Builder order = PushOrder.builder(bucket.name() + ":file", "vault:" + folder + "/x", "test")
                .id("order-1");
        assertThat(awaitEnd(transfers.pushes().submit(order.build()).id()).state())
                .isEqualTo(JobState.SUCCEEDED);
        Job again = transfers
                .pushes()
                .submit(order.priority(5)
                        .deadline(Instant.now().plusSeconds(60))
                        .build());
        assertThat(again.state()).as("the same order").isEqualTo(JobState.SUCCEEDED);
        for (PushOrder another : List.of(
                order("other", "vault:" + folder + "/x"),
                order("file", "vault:" + folder + "/y"),
                order("file", "careful:" + folder + "/x"))) {
            assertConflict(another.source(), another.destination(), false);
        }
        assertConflict(bucket.name() + ":file", "vault:" + folder + "/x", true);
        assertThat(folder.resolve("y")).doesNotExist();
        assertThat(transfers.jobs().attempts("order-1")).hasSize(1);
    }

    private void assertConflict(String source, String destination, boolean overwrite) {
        assertThatThrownBy(() -> transfers
                        .pushes()
                        .submit(PushOrder.builder(source, destination, "test")
                                .overwrite(overwrite)
                                .id("order-1")
                                .build()))
                .isInstanceOfSatisfying(
                        PushOrderException.class,
                        e -> assertThat(e.reason()).isEqualTo(PushOrderException.Reason.CONFLICT))
                .hasMessageContaining("the id order-1 belongs to another order");
    }

    /** A new signature is no new order; another user is. */
    @Test
    void secretsDoNotMakeAnotherOrder() throws Exception {
        Remote vault = remote("vault", sshd().hostKey(), OptionalInt.empty());
        PushOrder.Builder order = PushOrder.builder("http://127.0.0.1:9/file?signature=1", folder + "/x", "test")
                .id("signed")
                .remote(vault);
        Job job = transfers.pushes().submit(order.build());
        assertThat(transfers
                        .pushes()
                        .submit(PushOrder.builder("http://127.0.0.1:9/file?signature=2", folder + "/x", "test")
                                .headers(Map.of("Authorization", "new"))
                                .id("signed")
                                .remote(vault.withLogin(sshd().user(), new Credentials.Password("new")))
                                .build())
                        .id())
                .isEqualTo(job.id());
        assertThatThrownBy(() -> transfers
                        .pushes()
                        .submit(order.remote(vault.withLogin("mallory", new Credentials.Password("x")))
                                .build()))
                .hasMessageContaining("with another login");
        assertThat(transfers.jobs().cancel(job.id())).isTrue();
    }

    @Test
    void accountsAreToldOfPathsAndOfFilesThatAreMissing() throws Exception {
        put("anna/in/a", 10);
        assertThatThrownBy(() ->
                        transfers.pushes().submit(PushOrder.of("anna@/home/nothing", "vault:" + folder + "/", "anna")))
                .isInstanceOf(PushOrderException.class)
                .hasMessage("no such file: /home/nothing");
        Job batch = awaitEnd(transfers
                .pushes()
                .submit(PushOrder.of("anna@/home/in/*", "vault:" + folder + "/", "anna"))
                .id());
        assertThat(batch.state()).as(batch.message()).isEqualTo(JobState.SUCCEEDED);
        assertThat(transfers.jobs().list(JobFilter.in(Set.of(), 10).ofBatch(batch.id())))
                .extracting(part -> part.wanted().source())
                .containsExactly("anna@/home/in/a");
    }

    @Test
    void aFolderThatMayNotBeWrittenToFailsAtOnce() throws Exception {
        put("file", 10);
        Path closed = Files.createDirectory(folder.resolve("closed"));
        // The folders of a test belong to its user.
        for (Path path : List.of(folder.getParent(), folder)) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("r-xr-xr-x"));
        try (SshdServer server = SshdServer.options().restrictedUser().start()) {
            transfers.remotes().put(remote(server, "restricted", server.hostKey(), OptionalInt.empty()));
            Job job = push("file", "restricted:" + closed + "/file");
            assertThat(job.state()).isEqualTo(JobState.FAILED);
            assertThat(job.message())
                    .contains(server.user() + " cannot create a file in the folder " + closed + " ")
                    .contains("permission denied");
            assertThat(transfers.jobs().attempts(job.id())).hasSize(1);

            Job below = push("file", "restricted:" + closed + "/new/file", true);
            assertThat(below.state()).isEqualTo(JobState.FAILED);
            assertThat(below.message()).contains("cannot create the folder " + closed + "/new: permission denied");
            assertThat(transfers.jobs().attempts(below.id())).hasSize(1);
        }
        assertThat(closed).isEmptyDirectory();
    }

    @Test
    void aFileSystemThatIsReadOnlyFailsAtOnce() throws Exception {
        put("file", 10);
        try (SmallFileSystem disk = SmallFileSystem.of("slipway-test", 4 * MIB)) {
            disk.makeReadOnly();
            Job job = push("file", "vault:" + disk.folder() + "/file");
            assertThat(job.state()).isEqualTo(JobState.FAILED);
            assertThat(job.message())
                    .contains("cannot create a file in the folder " + disk.folder() + " ")
                    .contains("the file system is read-only");
            assertThat(transfers.jobs().attempts(job.id())).hasSize(1);
            Job below = push("file", "vault:" + disk.folder() + "/new/file", true);
            assertThat(below.message())
                    .contains("cannot create the folder " + disk.folder() + "/new: the file system is read-only");
            assertThat(transfers.jobs().attempts(below.id())).hasSize(1);
            assertThat(disk.folder()).isEmptyDirectory();
        }
    }

    @Test
    void aWrongOrderIsRefusedAtOnce() {
        assertThatThrownBy(() -> transfers.pushes().submit(order("file", "elsewhere:/x")))
                .isInstanceOf(PushOrderException.class)
                .hasMessageContaining("'elsewhere'")
                .hasMessageContaining("careful, full, impostor, vault");
        assertThatThrownBy(() -> transfers.pushes().submit(order("file", "vault:x")))
                .isInstanceOf(PushOrderException.class)
                .hasMessageContaining("REMOTE:/PATH");
        assertThatThrownBy(() -> transfers.pushes().submit(PushOrder.of("nothing", "vault:/x", "test")))
                .isInstanceOf(PushOrderException.class)
                .hasMessageContaining("BUCKET:KEY");
        assertThatThrownBy(() -> transfers.pushes().submit(PushOrder.of("nobody@/x", "vault:/x", "test")))
                .isInstanceOf(PushOrderException.class)
                .hasMessageContaining("'nobody'");
    }

    @Test
    void waitsForSpaceAndContinues() throws Exception {
        byte[] content = put("large", 30 * MIB);
        try (SmallFileSystem disk = SmallFileSystem.of("slipway-test", 64 * MIB)) {
            Path filler = Files.write(disk.folder().resolve("filler"), new byte[40 * MIB]);
            Job job = transfers.pushes().submit(order("large", "careful:" + disk.folder() + "/large"));
            Job waiting = await(job.id(), now -> now.state() == JobState.WAITING_FOR_SPACE);
            assertThat(waiting.waitingSince()).isNotNull();
            assertThat(waiting.message()).contains("statvfs");
            assertThat(disk.folder()).isDirectoryNotContaining("glob:**/*large*");
            Files.delete(filler);
            assertThat(awaitEnd(job.id()).state()).isEqualTo(JobState.SUCCEEDED);
            assertThat(disk.folder().resolve("large")).hasBinaryContent(content);
        }
    }

    @Test
    void theLastOfADiskIsNotFilledAndAFileThatCanNeverFitFailsAtOnce() throws Exception {
        byte[] content = put("file", 9 * MIB);
        put("larger", 16 * MIB);
        try (SmallFileSystem disk = SmallFileSystem.of("slipway-test", 16 * MIB)) {
            Job never = push("larger", "vault:" + disk.folder() + "/larger");
            assertThat(never.state()).isEqualTo(JobState.FAILED);
            assertThat(never.message())
                    .contains("can never fit", "16,777,216 bytes in all", "167,772 bytes must stay free");
            assertThat(transfers.jobs().attempts(never.id())).hasSize(1);
            Path filler = Files.write(disk.folder().resolve("filler"), new byte[7 * MIB]);
            Job job = transfers.pushes().submit(order("file", "vault:" + disk.folder() + "/file"));
            Job waiting = await(job.id(), now -> now.state() == JobState.WAITING_FOR_SPACE);
            assertThat(waiting.message()).contains("9,437,184 of 16,777,216 bytes are free");
            Files.write(filler, new byte[6 * MIB]);
            Job done = awaitEnd(job.id());
            assertThat(done.state()).as(done.message()).isEqualTo(JobState.SUCCEEDED);
            assertThat(disk.folder().resolve("file")).hasBinaryContent(content);
        }
    }

    @Test
    void twoJobsDoNotReserveTheSameSpace() throws Exception {
        put("one", 30 * MIB);
        put("two", 30 * MIB);
        try (SmallFileSystem disk = SmallFileSystem.of("slipway-test", 64 * MIB)) {
            Job one = transfers.pushes().submit(order("one", "careful:" + disk.folder() + "/one"));
            Job two = transfers.pushes().submit(order("two", "careful:" + disk.folder() + "/two"));
            await(one.id(), job -> job.state().isEnd() || job.state() == JobState.WAITING_FOR_SPACE);
            await(two.id(), job -> job.state().isEnd() || job.state() == JobState.WAITING_FOR_SPACE);
            List<Job> done = transfers.jobs().list(JobFilter.in(Set.of(JobState.SUCCEEDED), 10));
            assertThat(done).hasSizeLessThan(2);
            await(
                    one.id(),
                    job -> Files.exists(disk.folder().resolve("one"))
                            || Files.exists(disk.folder().resolve("two"))
                            || job.state().isEnd());
        }
    }

    @Test
    void aLargeFileWithoutSpaceIsNotStarted() throws Exception {
        byte[] content = put("large", 100 * MIB);
        try (SmallFileSystem disk = SmallFileSystem.of("slipway-test", 128 * MIB)) {
            Path filler = Files.write(disk.folder().resolve("filler"), new byte[64 * MIB]);
            Job job = transfers.pushes().submit(order("large", "vault:" + disk.folder() + "/large"));
            Job waiting = await(job.id(), now -> now.state() == JobState.WAITING_FOR_SPACE);
            assertThat(waiting.message()).contains("after a file of 104,857,600 bytes 1,342,177 bytes must stay free");
            assertThat(waiting.bytesDone()).isZero();
            try (Stream<Path> files = Files.list(disk.folder())) {
                assertThat(files).containsExactly(filler);
            }
            Files.delete(filler);
            assertThat(awaitEnd(job.id()).state()).isEqualTo(JobState.SUCCEEDED);
            assertThat(disk.folder().resolve("large")).hasBinaryContent(content);
        }
    }

    @Test
    void anInterruptedLargeFileNeedsNoAdditionalSpace() throws Exception {
        byte[] content = put("large", 100 * MIB);
        try (SmallFileSystem disk = SmallFileSystem.of("slipway-test", 128 * MIB)) {
            Job job = transfers.pushes().submit(order("large", "careful:" + disk.folder() + "/large"));
            Path temporary = disk.folder().resolve(".slipway-" + job.id() + ".part");
            await(job.id(), _ -> isLarge(temporary, content.length));
            sshd().kill();
            sshd().restart();
            assertThat(awaitEnd(job.id()).state()).isEqualTo(JobState.SUCCEEDED);
            assertThat(disk.folder().resolve("large")).hasBinaryContent(content);
        }
    }

    private static boolean isLarge(Path file, long bytes) {
        try {
            return Files.size(file) == bytes;
        } catch (IOException _) {
            return false;
        }
    }

    @Test
    void aFullDiskIsWaitedForToo() throws Exception {
        byte[] content = put("large", 60 * MIB);
        try (SmallFileSystem disk = SmallFileSystem.of("slipway-test", 64 * MIB)) {
            Path filler = Files.write(disk.folder().resolve("filler"), new byte[32 * MIB]);
            for (TransferMode mode : List.of(TransferMode.DIRECT, TransferMode.STREAMING)) {
                Path target = disk.folder().resolve("large");
                PushOrder order = order("large", "full:" + target);
                Job job = transfers
                        .pushes()
                        .submit(PushOrder.builder(order.source(), order.destination(), "test")
                                .mode(mode)
                                .build());
                await(job.id(), now -> now.state() == JobState.WAITING_FOR_SPACE);
                Files.delete(filler);
                Job ended = awaitEnd(job.id());
                assertThat(ended.state()).as(ended.message()).isEqualTo(JobState.SUCCEEDED);
                assertThat(target).hasBinaryContent(content);
                Files.delete(target);
                Files.write(filler, new byte[32 * MIB]);
            }
        }
    }

    /** Each has a part of its file there, and would need the other's space. */
    @Test
    void twoJobsThatFillADiskDoNotWaitForEachOther() throws Exception {
        byte[] one = put("one", 38 * MIB);
        byte[] two = put("two", 38 * MIB);
        try (SmallFileSystem disk = SmallFileSystem.of("slipway-test", 64 * MIB)) {
            Files.write(disk.folder().resolve("filler"), new byte[24 * MIB]);
            Path more = Files.write(disk.folder().resolve("more"), new byte[16 * MIB]);
            Job first = transfers.pushes().submit(order("one", "full:" + disk.folder() + "/one"));
            await(first.id(), now -> now.state() == JobState.WAITING_FOR_SPACE);
            assertThat(transfers.jobs().pause(first.id())).isTrue();
            await(first.id(), now -> now.state() == JobState.PAUSED);
            Files.delete(more);
            Job second = transfers.pushes().submit(order("two", "full:" + disk.folder() + "/two"));
            await(second.id(), now -> now.state() == JobState.WAITING_FOR_SPACE);
            assertThat(disk.folder().resolve(".slipway-" + first.id() + ".part"))
                    .exists();
            assertThat(disk.folder().resolve(".slipway-" + second.id() + ".part"))
                    .exists();
            assertThat(transfers.jobs().resume(first.id())).isTrue();
            Job ended = awaitEnd(first.id());
            assertThat(ended.state()).as(ended.message()).isEqualTo(JobState.SUCCEEDED);
            assertThat(disk.folder().resolve("one")).hasBinaryContent(one);
            Files.delete(disk.folder().resolve("one"));
            assertThat(awaitEnd(second.id()).state()).isEqualTo(JobState.SUCCEEDED);
            assertThat(disk.folder().resolve("two")).hasBinaryContent(two);
        }
    }

    @Test
    void manyFilesAreOneJobWithParts() throws Exception {
        for (int i = 0; i < 25; i++) {
            put("batch/" + i % 3 + "/" + i + ".txt", i);
        }
        put("batch/", 0);
        put("batch/skipped.tmp", 5);
        PushOrder all = order("batch/", "vault:" + folder + "/all/");
        Job job = transfers
                .pushes()
                .submit(PushOrder.builder(all.source(), all.destination(), "test")
                        .exclude(List.of("**.tmp"))
                        .build());
        Job done = awaitEnd(job.id());
        assertThat(done.state()).as(done.message()).isEqualTo(JobState.SUCCEEDED);
        assertThat(done.filesDone()).isEqualTo(25).isEqualTo(done.filesTotal());
        for (int i = 0; i < 25; i++) {
            assertThat(folder.resolve("all/" + i % 3 + "/" + i + ".txt")).hasSize(i);
        }
        assertThat(folder.resolve("all")).isDirectoryNotContaining("glob:**/*.tmp");
        Job some = awaitEnd(transfers
                .pushes()
                .submit(order("batch/*/1?.txt", "vault:" + folder + "/some"))
                .id());
        assertThat(some.filesTotal()).isEqualTo(10);
        assertThat(folder.resolve("some/0/12.txt")).hasSize(12);
    }

    @Test
    void aBatchSaysWhyFilesWereNotSentAndARetrySendsThem() throws Exception {
        for (String name : List.of("a", "b", "c", "d")) {
            put("why/" + name, 10);
        }
        Files.createFile(folder.resolve("a"));
        Files.createFile(folder.resolve("b"));
        Files.createDirectory(folder.resolve("c"));
        Job batch = awaitEnd(transfers
                .pushes()
                .submit(order("why/", "vault:" + folder + "/"))
                .id());
        assertThat(batch.state()).isEqualTo(JobState.FAILED);
        assertThat(batch.message())
                .startsWith("3 of 4 files were not sent: ")
                .contains(
                        "vault: the file already exists, and the order does not allow replacing it (overwrite) (2)",
                        "vault: the file is a folder (1)")
                .doesNotContain("--");

        Files.delete(folder.resolve("a"));
        Files.delete(folder.resolve("c"));
        assertThat(transfers.jobs().retry(batch.id())).isTrue();
        Job again = awaitEnd(batch.id());
        assertThat(again.message()).startsWith("1 of 4 files were not sent: ");
        assertThat(folder.resolve("a")).hasSize(10);
        assertThat(folder.resolve("b")).isEmptyFile();
        assertThat(folder.resolve("c")).hasSize(10);
        assertThat(transfers.jobs().list(JobFilter.in(Set.of(), 10).ofBatch(batch.id())))
                .as("what was sent is not sent again, and what failed is tried once more")
                .extracting(part -> part.wanted().source().replaceAll(".*/", "")
                        + transfers.jobs().attempts(part.id()).size())
                .containsExactlyInAnyOrder("a2", "b2", "c2", "d1");
    }

    @Test
    void aPatternThatMatchesNothingFailsUnlessThatIsAllowed() throws Exception {
        PushOrder.Builder order = PushOrder.builder(bucket.name() + ":nothing/*.mxf", "vault:" + folder + "/", "test");
        Job failed = awaitEnd(transfers.pushes().submit(order.build()).id());
        assertThat(failed.state()).isEqualTo(JobState.FAILED);
        assertThat(failed.message()).contains("no object matches " + bucket.name() + ":nothing/*.mxf", "allow-empty");
        Job allowed = awaitEnd(
                transfers.pushes().submit(order.allowEmpty(true).build()).id());
        assertThat(allowed.state()).as(allowed.message()).isEqualTo(JobState.SUCCEEDED);

        put("nothing/a.mxf", 10);
        assertThat(transfers.jobs().retry(failed.id())).isTrue();
        assertThat(awaitEnd(failed.id()).state()).as("a retry looks again").isEqualTo(JobState.SUCCEEDED);
        assertThat(folder.resolve("a.mxf")).hasSize(10);
    }

    @Test
    void onlyNewerFilesAreSentAgain() throws Exception {
        put("inbox/a", 10);
        put("inbox/b", 10);
        assertThat(awaitEnd(newer().id()).filesTotal()).isEqualTo(2);
        assertThat(awaitEnd(newer().id()).filesTotal()).isZero();
        s3.putObject(
                        request -> request.bucket(bucket.name()).key("inbox/b"),
                        AsyncRequestBody.fromString("another one"))
                .join();
        put("inbox/c", 10);
        Job third = awaitEnd(newer().id());
        assertThat(third.state()).as(third.message()).isEqualTo(JobState.SUCCEEDED);
        assertThat(third.filesTotal()).isEqualTo(2);
        assertThat(folder.resolve("inbox/b")).hasContent("another one");
    }

    private Job newer() throws PushOrderException {
        return transfers
                .pushes()
                .submit(PushOrder.builder(bucket.name() + ":inbox/", "vault:" + folder + "/inbox/", "test")
                        .newer(true)
                        .overwrite(true)
                        .build());
    }

    @Test
    void anAccountsPathIsResolvedThroughItsMounts() throws Exception {
        byte[] content = put("anna/in/a [b]*.txt", 10);
        Job job = awaitEnd(transfers
                .pushes()
                .submit(PushOrder.of("anna@/home/in/a [b]\\*.txt", "vault:" + folder + "/got", "anna"))
                .id());
        assertThat(job.state()).as(job.message()).isEqualTo(JobState.SUCCEEDED);
        assertThat(folder.resolve("got")).hasBinaryContent(content);
        Job all = awaitEnd(transfers
                .pushes()
                .submit(PushOrder.of("anna@/home/in/", "vault:" + folder + "/all/", "anna"))
                .id());
        assertThat(all.filesTotal()).isEqualTo(1);
        assertThatThrownBy(() -> transfers.pushes().submit(PushOrder.of("anna@/elsewhere/x", "vault:/x", "anna")))
                .isInstanceOf(PushOrderException.class);
    }

    @Test
    void aUrlIsFetchedAndItsSecretsAreStoredEncrypted() throws Exception {
        byte[] content = put("for others", 9 * MIB);
        ObjectKey key = new ObjectKey(bucket.name(), "for others");
        PresignedRequest signed =
                store.store().presign(store.store().head(key).orElseThrow(), Duration.ofMinutes(5), null);
        Map<String, String> headers = new HashMap<>(signed.headers());
        headers.put("X-Secret", "tell-nobody");
        for (TransferMode mode : List.of(TransferMode.DIRECT, TransferMode.STREAMING)) {
            Job job = transfers
                    .pushes()
                    .submit(PushOrder.builder(signed.url().toString(), folder + "/" + mode, "test")
                            .headers(headers)
                            .remote(remote("ad hoc", sshd().hostKey(), OptionalInt.empty()))
                            .mode(mode)
                            .build());
            assertThat(job.wanted().request()).doesNotContain("tell-nobody", "X-Amz-Signature", "PRIVATE KEY");
            Job done = awaitEnd(job.id());
            assertThat(done.state()).as(done.message()).isEqualTo(JobState.SUCCEEDED);
            assertThat(folder.resolve(mode.toString())).hasBinaryContent(content);
        }
    }

    /**
     * A server whose curl keeps running after it has fetched everything until a file exists: no push ends before that.
     */
    private static SshdServer neverDoneWithout(Path file) throws IOException {
        return SshdServer.options()
                .replacing("curl", curl -> """
                        %s "$@" || exit
                        [ -e %s ] || exec tail -f /dev/null
                        """.formatted(curl, file))
                .start();
    }

    @Test
    void aCancelledJobLeavesNothing() throws Exception {
        put("large", 80 * MIB);
        try (SshdServer server = neverDoneWithout(folder.resolveSibling("go"))) {
            transfers.remotes().put(remote(server, "slow", server.hostKey(), OptionalInt.empty()));
            Job job = transfers.pushes().submit(order("large", "slow:" + folder + "/large"));
            await(job.id(), now -> now.bytesDone() > 0);
            assertThat(transfers.jobs().cancel(job.id())).isTrue();
            assertThat(awaitEnd(job.id()).state()).isEqualTo(JobState.CANCELLED);
            Patience.await("an empty folder", () -> {
                try (var files = Files.list(folder)) {
                    return files.findAny().isEmpty();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
    }

    @Test
    void jobsContinueAfterAGatewayIsStopped() throws Exception {
        byte[] content = put("large", 80 * MIB);
        Path go = folder.resolveSibling("go");
        try (SshdServer server = neverDoneWithout(go)) {
            transfers.remotes().put(remote(server, "slow", server.hostKey(), OptionalInt.empty()));
            Job job = transfers.pushes().submit(order("large", "slow:" + folder + "/large"));
            await(job.id(), now -> now.bytesDone() >= 32 * MIB);
            transfers.close();
            database.close();
            assertThat(folder.resolve("large")).doesNotExist();
            Files.createFile(go);
            database = StateDatabase.open(state);
            AtomicLong least = new AtomicLong(Long.MAX_VALUE);
            transfers = started();
            try (AutoCloseable _ = transfers.jobs().subscribe(now -> {
                if (now.state() == JobState.RUNNING) {
                    least.accumulateAndGet(now.bytesDone(), Math::min);
                }
            })) {
                assertThat(awaitEnd(job.id()).state()).isEqualTo(JobState.SUCCEEDED);
            }
            assertThat(least).hasValueGreaterThanOrEqualTo(16 * MIB);
        }
        assertThat(folder.resolve("large")).hasBinaryContent(content);
    }
}
