package dev.slipway.core.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.account.SettableClock;
import dev.slipway.core.state.UsageTable;
import dev.slipway.core.state.UsageTable.Total;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.RenameMode;
import dev.slipway.core.vfs.Space;
import dev.slipway.core.vfs.UploadOptions;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.core.vfs.WritePosition;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Quotas and storage totals, on a real store. */
@S3Store
class StorageQuotasTest {
    private static final int MIB = 1 << 20;

    private final SettableClock clock = new SettableClock();
    private final S3Bucket bucket;
    private final FaultProxy proxy;
    private final TestStore store;
    private final UsageTable table;
    private final Map<String, Account> accounts = new ConcurrentHashMap<>();
    private final StorageQuotas quotas;
    private final ObjectFileSystems fileSystems;

    StorageQuotasTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        this.bucket = bucket;
        proxy = FaultProxy.http(bucket.endpoint().uri());
        store = new TestStore(bucket.endpoint().at(proxy.uri()), folder, 128L * MIB);
        table = new UsageTable(store.database());
        quotas = newQuotas();
        fileSystems = ObjectFileSystems.builder(quotas.store(), store.attributes())
                .clock(clock)
                .admissionWait(Duration.ofSeconds(20))
                .current(account -> Optional.ofNullable(accounts.get(account.name())))
                .quotas(quotas)
                .build();
    }

    private StorageQuotas newQuotas() {
        return new StorageQuotas(
                store.store(),
                store.journal(),
                table,
                name -> Optional.ofNullable(accounts.get(name)),
                accounts::values,
                AccountLimits.DEFAULT,
                Duration.ofHours(24),
                clock);
    }

    @AfterEach
    void nothingIsHeld() throws Exception {
        proxy.pass();
        Patience.await("all part memory is returned", () -> store.parts().reservedBytes() == 0);
        Patience.await("no room is kept", () -> quotas.ledger().holdsNothing());
        fileSystems.close();
        quotas.close();
        store.close();
        proxy.close();
    }

    private VirtualFileSystem open(String name, long bytes, long files, Mount... mounts) {
        Account account = new Account(
                        name,
                        mounts.length == 0 ? List.of(mount("/", "")) : List.of(mounts),
                        EnumSet.allOf(Permission.class))
                .withResume(ResumePolicy.STAT)
                .withLimits(AccountLimits.DEFAULT.withQuotaBytes(bytes).withQuotaFiles(files));
        accounts.put(name, account);
        quotas.tick();
        return fileSystems.open(account);
    }

    private Mount mount(String path, String prefix) {
        return new Mount(path(path), bucket.name(), prefix, false);
    }

    private static VirtualPath path(String path) {
        try {
            return VirtualPath.parse(path);
        } catch (VfsException e) {
            throw new AssertionError(e);
        }
    }

    private static void put(VirtualFileSystem files, String path, int bytes) throws VfsException {
        put(files, path, bytes, CreateMode.REPLACE);
    }

    private static void put(VirtualFileSystem files, String path, int bytes, CreateMode mode) throws VfsException {
        try (FileUpload upload = files.create(path(path), mode)) {
            if (bytes > 0) {
                upload.write(0, ByteBuffer.allocate(bytes));
            }
            upload.commit();
        }
    }

    private void foreign(String key, int bytes) {
        try (S3AsyncClient client = bucket.endpoint().newClient()) {
            var _ = client.putObject(
                            request -> request.bucket(bucket.name()).key(key),
                            AsyncRequestBody.fromBytes(new byte[bytes]))
                    .join();
        }
    }

    private static void assertFull(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        VfsException.class, e -> assertThat(e.failure()).isEqualTo(Failure.QUOTA_EXCEEDED))
                .hasMessageContaining("quota of this account");
    }

    /** The total of a prefix, once it has been counted. */
    private Total total(String prefix) throws InterruptedException {
        Patience.await("the first count", () -> {
            quotas.tick();
            return table.read().stream()
                    .anyMatch(total -> total.area().prefix().equals(prefix) && total.counted() != null);
        });
        quotas.tick();
        return table.read().stream()
                .filter(total -> total.area().prefix().equals(prefix))
                .findFirst()
                .orElseThrow();
    }

    /** Checks that the running total matches the store. */
    private void assertRight(String prefix) throws Exception {
        Total total = total(prefix);
        List<ObjectInfo> objects = store.store().list(bucket.name(), prefix, false, null, 1000).objects().stream()
                .filter(object -> !object.key().key().endsWith("/"))
                .toList();
        assertThat(total.files()).as("files").isEqualTo(objects.size());
        assertThat(total.bytes())
                .as("bytes")
                .isEqualTo(objects.stream().mapToLong(ObjectInfo::size).sum());
    }

    @Test
    void everyChangeOfFilesChangesTheTotal() throws Exception {
        foreign("before", 4000);
        VirtualFileSystem files = open("anna", 100L * MIB, AccountLimits.NONE);
        assertRight("");
        put(files, "/a", 1000);
        put(files, "/a", 300);
        put(files, "/before", 70);
        put(files, "/large", 12 * MIB);
        put(files, "/new", 5, CreateMode.NEW);
        assertRight("");
        files.copy(path("/a"), path("/copy"), CreateMode.NEW);
        files.copy(path("/large"), path("/copy"), CreateMode.REPLACE);
        files.rename(path("/a"), path("/new"), RenameMode.REPLACE_TARGET);
        assertRight("");
        files.delete(path("/large"));
        files.mkdir(path("/d"));
        put(files, "/d/x", 10);
        put(files, "/d/y", 20);
        files.rename(path("/d"), path("/e"), RenameMode.KEEP_TARGET);
        files.delete(path("/e/x"));
        files.mkdir(path("/empty"));
        files.rmdir(path("/empty"));
        assertRight("");
        Space space = files.space(path("/"));
        assertThat(space.total()).isEqualTo(100L * MIB);
        assertThat(space.used()).isEqualTo(total("").bytes());
    }

    @Test
    void filesMovedBetweenMountsCountAtTheirNewLocation() throws Exception {
        VirtualFileSystem files =
                open("anna", 100L * MIB, AccountLimits.NONE, mount("/in", "in/"), mount("/out", "out/"));
        put(files, "/in/a", 1000);
        files.mkdir(path("/in/d"));
        put(files, "/in/d/x", 10);
        files.rename(path("/in/a"), path("/out/a"), RenameMode.KEEP_TARGET);
        files.rename(path("/in/d"), path("/out/d"), RenameMode.KEEP_TARGET);
        assertRight("in/");
        assertRight("out/");
        assertThat(total("in/").bytes()).isZero();
        assertThat(files.space(path("/in")).used()).isEqualTo(1010);
    }

    @Test
    void ofNestedMountsTheOuterOneCounts() throws Exception {
        VirtualFileSystem files = open("anna", 10_000, AccountLimits.NONE, mount("/all", ""), mount("/part", "part/"));
        put(files, "/part/a", 1000);
        put(files, "/all/b", 500);
        assertRight("");
        assertThat(files.space(path("/part")).used()).isEqualTo(1500);
        assertThat(table.read()).hasSize(1);
    }

    @Test
    void accountsThatShareAPrefixShareItsTotal() throws Exception {
        VirtualFileSystem anna = open("anna", 10_000, AccountLimits.NONE, mount("/", "shared/"));
        VirtualFileSystem bert = open("bert", AccountLimits.NONE, AccountLimits.NONE, mount("/", "shared/"));
        VirtualFileSystem cleo = open("cleo", AccountLimits.NONE, AccountLimits.NONE, mount("/", ""));
        put(bert, "/b", 6000);
        put(cleo, "/shared/c", 3000);
        assertFull(() -> put(anna, "/a", 1001));
        put(anna, "/a", 1000);
        assertThat(anna.space(path("/")).free()).isZero();
        assertThat(bert.space(path("/"))).isEqualTo(Space.UNLIMITED);
        put(bert, "/more", 1000);
        cleo.delete(path("/shared/b"));
        assertRight("shared/");
        assertThat(anna.space(path("/")).free()).isEqualTo(5000);
    }

    @Test
    void anUploadThatExceedsTheQuotaFailsAndKeepsTheOldFile() throws Exception {
        VirtualFileSystem files = open("anna", 20L * MIB, AccountLimits.NONE);
        put(files, "/file", 6 * MIB);
        put(files, "/other", 2 * MIB);
        try (FileUpload upload = files.create(path("/file"), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.allocate(17 * MIB));
            assertFull(() -> upload.write(17 * MIB, ByteBuffer.allocate(2 * MIB)));
            assertThatThrownBy(upload::commit).isInstanceOf(VfsException.class);
        }
        Patience.await("no room is kept", () -> quotas.ledger().holdsNothing());
        assertThat(files.stat(path("/file")).size()).isEqualTo(6 * MIB);
        assertThat(files.stat(path("/file")).partial()).as("can be resumed").isFalse();
        put(files, "/file", 18 * MIB);
        assertRight("");
    }

    @Test
    void anExpectedSizeIsRefusedAtOnceOrReserved() throws Exception {
        VirtualFileSystem files = open("anna", 10_000, AccountLimits.NONE);
        put(files, "/old", 4000);
        try (FileUpload upload = files.create(path("/old"), CreateMode.REPLACE)) {
            assertFull(() -> upload.expectSize(10_001));
        }
        assertThat(files.stat(path("/old")).size()).isEqualTo(4000);
        try (FileUpload upload = files.create(path("/old"), CreateMode.REPLACE)) {
            upload.expectSize(10_000);
            assertFull(() -> put(files, "/other", 1));
            upload.write(0, ByteBuffer.allocate(9000));
            upload.commit();
        }
        put(files, "/other", 1000);
        assertRight("");
    }

    @Test
    void concurrentUploadsDoNotExceedTheQuotaTogether() throws Exception {
        VirtualFileSystem files = open("anna", 10_000, AccountLimits.NONE);
        List<Callable<Boolean>> uploads = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            String name = "/file" + i;
            uploads.add(() -> {
                try (FileUpload upload = files.create(path(name), CreateMode.REPLACE)) {
                    for (int offset = 0; offset < 3000; offset += 100) {
                        upload.write(offset, ByteBuffer.allocate(100));
                    }
                    upload.commit();
                    return true;
                } catch (VfsException e) {
                    assertThat(e.failure()).isEqualTo(Failure.QUOTA_EXCEEDED);
                    return false;
                }
            });
        }
        int stored = 0;
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> upload : executor.invokeAll(uploads)) {
                stored += upload.get() ? 1 : 0;
            }
        }
        assertThat(stored).isLessThanOrEqualTo(3);
        assertRight("");
        assertThat(total("").bytes()).isEqualTo(stored * 3000L);
    }

    @Test
    void twoUploadsOfOnePathCountOnce() throws Exception {
        VirtualFileSystem files = open("anna", 10_000, AccountLimits.NONE);
        put(files, "/file", 100);
        try (FileUpload one = files.create(path("/file"), CreateMode.REPLACE);
                FileUpload other = files.create(path("/file"), CreateMode.REPLACE)) {
            one.write(0, ByteBuffer.allocate(1000));
            other.write(0, ByteBuffer.allocate(2000));
            one.commit();
            other.commit();
        }
        assertRight("");
        assertThat(total("").bytes()).isEqualTo(2000);
    }

    @Test
    void uploadsBeyondTheQuotaOfFilesAreRefusedWhenOpened() throws Exception {
        VirtualFileSystem files = open("anna", AccountLimits.NONE, 2);
        put(files, "/a", 1);
        files.mkdir(path("/directories do not count"));
        try (FileUpload second = files.create(path("/b"), CreateMode.REPLACE)) {
            assertFull(() -> files.create(path("/c"), CreateMode.REPLACE));
            assertFull(() -> files.create(path("/c"), CreateMode.NEW));
            assertFull(() -> files.copy(path("/a"), path("/c"), CreateMode.NEW));
            put(files, "/a", 2);
            second.commit();
        }
        put(files, "/b", 3);
        Space space = files.space(path("/"));
        assertThat(space.files()).isEqualTo(2);
        assertThat(space.freeFiles()).isZero();
        assertThat(space.free()).isEqualTo(Space.UNLIMITED.free());
        files.delete(path("/b"));
        put(files, "/c", 1);
        assertRight("");
    }

    @Test
    void holesCountAgainstTheQuotaAndAreRefusedBeforeTheyAreSent() throws Exception {
        VirtualFileSystem files = open("anna", 600L * MIB, AccountLimits.NONE);
        proxy.forgetRequests();
        try (FileUpload upload =
                files.create(path("/file"), CreateMode.REPLACE, UploadOptions.DEFAULT.withHoles(true))) {
            upload.write(700L * MIB, ByteBuffer.allocate(1));
            assertFull(upload::commit);
        }
        assertThat(requests()).doesNotContain("PUT", "POST");
        try (FileUpload upload =
                files.create(path("/file"), CreateMode.REPLACE, UploadOptions.DEFAULT.withHoles(true))) {
            upload.write(300L * MIB, ByteBuffer.allocate(1));
            upload.commit();
        }
        assertThat(files.stat(path("/file")).size()).isEqualTo(300L * MIB + 1);
    }

    @Test
    void copiesCountAgainstTheQuota() throws Exception {
        VirtualFileSystem files = open("anna", 10_000, AccountLimits.NONE);
        put(files, "/a", 6000);
        assertFull(() -> files.copy(path("/a"), path("/b"), CreateMode.NEW));
        put(files, "/b", 2000);
        files.copy(path("/b"), path("/a"), CreateMode.REPLACE);
        assertRight("");
    }

    @Test
    void interruptedUploadsCount() throws Exception {
        VirtualFileSystem files = open("anna", 20L * MIB, AccountLimits.NONE);
        try (FileUpload upload = files.create(path("/file"), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.allocate(12 * MIB));
        }
        Patience.await("it is suspended", () -> quotas.ledger().holdsNothing());
        assertThat(files.space(path("/")).used()).isEqualTo(10L * MIB);
        assertFull(() -> put(files, "/other", 11 * MIB));
        try (FileUpload upload = files.resume(path("/file"), WritePosition.at(10L * MIB))) {
            assertThat(files.space(path("/")).used()).isEqualTo(10L * MIB);
            upload.write(10L * MIB, ByteBuffer.allocate(10 * MIB));
            upload.commit();
        }
        assertThat(files.space(path("/")).free()).isZero();
        assertRight("");
        files.delete(path("/file"));
        try (FileUpload upload = files.create(path("/file"), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.allocate(12 * MIB));
        }
        Patience.await("it is suspended", () -> quotas.ledger().holdsNothing());
        files.delete(path("/file"));
        assertThat(files.space(path("/")).used()).as("discarded").isZero();
    }

    @Test
    void recountsFindChangesByOthers() throws Exception {
        VirtualFileSystem files = open("anna", 10_000, AccountLimits.NONE);
        put(files, "/a", 1000);
        assertRight("");
        foreign("theirs", 7000);
        put(files, "/b", 1000);
        assertThat(total("").bytes()).isEqualTo(2000);
        clock.advance(Duration.ofHours(25));
        Patience.await("another count", () -> {
            quotas.tick();
            return table.read().getFirst().bytes() == 9000;
        });
        assertFull(() -> put(files, "/c", 1001));
        foreign("theirs", 0);
        table.wantRecount(List.of(table.read().getFirst().area()));
        Patience.await("the count that was asked for", () -> {
            quotas.tick();
            return table.read().getFirst().bytes() == 2000;
        });
        assertRight("");
    }

    @Test
    void totalsAreRecountedAfterAGatewayWasKilled() throws Exception {
        VirtualFileSystem files = open("anna", 10_000, AccountLimits.NONE);
        quotas.start();
        put(files, "/a", 1000);
        assertRight("");
        foreign("what it had no time to write down", 500);
        try (StorageQuotas next = newQuotas()) {
            next.start();
            Patience.await("another count", () -> table.read().getFirst().bytes() == 1500);
        }
        foreign("theirs", 500);
        try (StorageQuotas afterAGoodEnd = newQuotas()) {
            afterAGoodEnd.start();
            assertThat(table.read().getFirst().recount()).isFalse();
        }
    }

    @Test
    void quotaChangesTakeEffectAtOnce() throws Exception {
        VirtualFileSystem files = open("anna", 1000, AccountLimits.NONE);
        try (FileUpload upload = files.create(path("/file"), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.allocate(900));
            accounts.computeIfPresent(
                    "anna", (_, account) -> account.withLimits(AccountLimits.DEFAULT.withQuotaBytes(2000)));
            upload.write(900, ByteBuffer.allocate(1100));
            upload.commit();
        }
        accounts.computeIfPresent("anna", (_, account) -> account.withLimits(AccountLimits.DEFAULT));
        put(files, "/other", 10_000);
        assertThat(files.space(path("/"))).isEqualTo(Space.UNLIMITED);
        quotas.tick();
        assertThat(table.read()).as("nobody counts any more").isEmpty();
    }

    private List<String> requests() {
        List<String> methods =
                proxy.requests().stream().map(HttpRequest::method).toList();
        proxy.forgetRequests();
        return methods;
    }

    @Test
    void countingCostsNoAdditionalRequests() throws Exception {
        foreign("d/5", 300);
        VirtualFileSystem files = open("anna", 100_000, AccountLimits.NONE);
        assertRight("");
        clock.advance(Duration.ofMinutes(1));
        proxy.forgetRequests();
        put(files, "/d/5", 10);
        assertThat(requests()).as("the directory, and what is in it").containsExactly("GET", "GET", "PUT");
        put(files, "/d/6", 20);
        put(files, "/d/6", 30);
        put(files, "/d/7", 40);
        assertThat(requests()).containsExactly("PUT", "PUT", "PUT");
        put(files, "/d/8", 50, CreateMode.NEW);
        files.delete(path("/d/7"));
        assertRight("");
    }

    @Test
    void withoutQuotasNothingIsCounted() throws Exception {
        VirtualFileSystem files = open("anna", AccountLimits.NONE, AccountLimits.NONE);
        files.mkdir(path("/d"));
        clock.advance(Duration.ofMinutes(1));
        proxy.forgetRequests();
        put(files, "/d/a", 10);
        put(files, "/d/b", 10);
        assertThat(requests()).containsExactly("GET", "GET", "PUT", "PUT");
        assertThat(quotas.ledger().isEmpty()).isTrue();
        assertThat(table.read()).isEmpty();
    }

    @Test
    void listingsStartJustBeforeAKey() {
        assertThat(KnownObjectSizes.justBefore("d/5")).isEqualTo("d/4~").isLessThan("d/5");
        assertThat(KnownObjectSizes.justBefore("d/0")).isEqualTo("d/.~").isLessThan("d/0");
        assertThat(KnownObjectSizes.justBefore("d/\u00fc")).isNull();
        assertThat(new ObjectKey("b", "d/4~").key()).isGreaterThan("d/4");
    }
}
