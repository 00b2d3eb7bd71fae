package dev.slipway.core.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.Failure;
import dev.slipway.core.Protocol;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.account.Login;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent.Copied;
import dev.slipway.core.event.GatewayEvent.Done;
import dev.slipway.core.event.GatewayEvent.Downloaded;
import dev.slipway.core.event.GatewayEvent.Failed;
import dev.slipway.core.event.GatewayEvent.FileEvent;
import dev.slipway.core.event.GatewayEvent.Renamed;
import dev.slipway.core.event.GatewayEvent.Uploaded;
import dev.slipway.core.event.StoredObject;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of {@link VirtualFileSystem}, run against every S3 server that Slipway is tested with. */
public abstract class FileSystemContract {
    private static final int MIB = 1 << 20;
    private static final Instant LONG_AGO = Instant.parse("2001-02-03T04:05:06Z");

    private final TestBucket bucket;
    private final TestStore store;
    private final ObjectFileSystems fileSystems;
    private final VirtualFileSystem files;

    private final Events events = new Events();

    /** Accounts that changed after their login. */
    private final Map<String, Optional<Account>> changed = new ConcurrentHashMap<>();

    protected FileSystemContract(S3Bucket bucket, @TempDir Path folder) {
        this(TestBucket.of(bucket), folder);
    }

    protected FileSystemContract(TestBucket bucket, @TempDir Path folder) {
        this.bucket = bucket;
        this.store = new TestStore(bucket, folder, 128L << 20);
        this.fileSystems = ObjectFileSystems.builder(store.store(), store.attributes())
                .admissionWait(Duration.ofSeconds(10))
                .current(account -> changed.getOrDefault(account.name(), Optional.of(account)))
                .events(events)
                .build();
        this.files = open(EnumSet.allOf(Permission.class), mount("/", "", false));
    }

    private VirtualFileSystem open(Set<Permission> permissions, Mount... mounts) {
        return fileSystems.open(new Account("somebody", List.of(mounts), permissions));
    }

    private Mount mount(String path, String prefix, boolean readOnly) {
        try {
            return new Mount(VirtualPath.parse(path), bucket.name(), prefix, readOnly);
        } catch (VfsException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void nothingIsHeld() throws InterruptedException {
        // A directory's rename answers its client before it releases its locks.
        Patience.await("all locks are released", () -> fileSystems.locks.size() == 0);
        assertThat(fileSystems.idle.size()).as("transfers that were not closed").isZero();
        Patience.await("all part memory is returned", () -> store.parts().reservedBytes() == 0);
        Patience.await(
                "all read-ahead memory is returned", () -> store.readAhead().reservedBytes() == 0);
        fileSystems.close();
        store.close();
    }

    private static VirtualPath path(String path) throws VfsException {
        return VirtualPath.parse(path);
    }

    private void put(String path, byte[] bytes) throws VfsException {
        put(files, path, bytes);
    }

    private static void put(VirtualFileSystem files, String path, byte[] bytes) throws VfsException {
        try (FileUpload upload = files.create(path(path), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(bytes));
            upload.commit();
        }
    }

    private byte[] get(String path) throws VfsException {
        return get(files, path);
    }

    private static byte[] get(VirtualFileSystem files, String path) throws VfsException {
        try (FileDownload download = files.open(path(path))) {
            ByteBuffer target = ByteBuffer.allocate((int) download.entry().size());
            while (target.hasRemaining() && download.read(target.position(), target) >= 0) {}
            return Arrays.copyOf(target.array(), target.position());
        }
    }

    private Set<String> names(String directory) throws VfsException {
        return names(files, directory);
    }

    private static Set<String> names(VirtualFileSystem files, String directory) throws VfsException {
        Set<String> names = new TreeSet<>();
        EntryCursor cursor = files.list(path(directory));
        for (List<FileEntry> page = cursor.next(7); !page.isEmpty(); page = cursor.next(7)) {
            for (FileEntry entry : page) {
                assertThat(names.add(entry.name() + (entry.directory() ? "/" : "")))
                        .as("%s is listed once", entry)
                        .isTrue();
            }
        }
        return names;
    }

    /** Writes an object without Slipway. */
    private void putObject(String key) throws Exception {
        try (var writer = store.store()
                .write(
                        new ObjectKey(bucket.name(), key),
                        dev.slipway.core.store.ObjectAttributes.NONE,
                        Duration.ofSeconds(5))) {
            if (!key.endsWith("/")) {
                writer.write(ByteBuffer.wrap(new byte[] {1}));
            }
            writer.complete(dev.slipway.core.store.WriteCondition.ALWAYS);
        }
    }

    private static void assertFails(Failure failure, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        VfsException.class,
                        e -> assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure));
    }

    @Test
    void aDirectoryCreatedDuringAnUploadIsNotHiddenByTheFile() throws VfsException {
        try (FileUpload upload = files.create(path("/name"), CreateMode.REPLACE)) {
            files.mkdir(path("/name"));

            assertFails(Failure.IS_A_DIRECTORY, upload::commit);
        }
        assertThat(files.stat(path("/name")).directory()).isTrue();
    }

    @Test
    void aDirectoryRemovedDuringAnUploadDoesNotComeBack() throws VfsException {
        files.mkdir(path("/d"));
        // The directory is now in the cache.
        put("/d/first", new byte[] {1});
        files.delete(path("/d/first"));
        try (FileUpload upload = files.create(path("/d/second"), CreateMode.REPLACE)) {
            files.rmdir(path("/d"));

            assertFails(Failure.NOT_FOUND, upload::commit);
        }
        assertFails(Failure.NOT_FOUND, () -> files.stat(path("/d")));
        assertFails(Failure.NOT_FOUND, () -> files.create(path("/d/third"), CreateMode.REPLACE));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100_000, 11 * MIB})
    void aFileHasTheUploadedBytes(int size) throws VfsException {
        byte[] bytes = Bytes.random(size, size);
        put("/file", bytes);

        assertThat(get("/file")).isEqualTo(bytes);
        FileEntry entry = files.stat(path("/file"));
        assertThat(entry.size()).isEqualTo(size);
        assertThat(entry.directory()).isFalse();
        assertThat(names("/")).containsExactly("file");
    }

    @Test
    void blocksMayArriveOutOfOrder() throws VfsException {
        byte[] bytes = Bytes.random(1, 8 * MIB);
        int block = 32 * 1024;
        List<Integer> order = new ArrayList<>();
        for (int first = 0; first < bytes.length; first += 64 * block) {
            for (int offset = Math.min(bytes.length, first + 64 * block) - block; offset >= first; offset -= block) {
                order.add(offset);
            }
        }
        try (FileUpload upload = files.create(path("/file"), CreateMode.REPLACE)) {
            for (int offset : order) {
                upload.write(offset, ByteBuffer.wrap(bytes, offset, block));
            }
            upload.commit();
        }

        assertThat(get("/file")).isEqualTo(bytes);
    }

    @Test
    void aFileWithAGapIsNotStored() throws VfsException {
        try (FileUpload upload = files.create(path("/file"), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(new byte[10]));
            upload.write(20, ByteBuffer.wrap(new byte[10]));
            assertFails(Failure.INTEGRITY, upload::commit);
        }
        assertFails(Failure.NOT_FOUND, () -> files.stat(path("/file")));
    }

    private FileUpload sparse(String path) throws VfsException {
        return files.create(path(path), CreateMode.REPLACE, UploadOptions.DEFAULT.withHoles(true));
    }

    @Test
    void holesBecomeZeroes() throws VfsException {
        byte[] bytes = new byte[12 * MIB + 5];
        try (FileUpload upload = sparse("/file")) {
            for (int offset : new int[] {12 * MIB, 0, 6 * MIB}) {
                bytes[offset] = 7;
                upload.write(offset, ByteBuffer.wrap(new byte[] {7}));
            }
            upload.truncate(bytes.length);
            assertThat(upload.entry().size()).isEqualTo(bytes.length);
            upload.commit();
        }

        assertThat(get("/file")).isEqualTo(bytes);
    }

    @Test
    void anEmptyFileOfASizeIsZeroes() throws VfsException {
        try (FileUpload upload = sparse("/file")) {
            upload.truncate(1000);
            upload.commit();
        }

        assertThat(get("/file")).isEqualTo(new byte[1000]);
    }

    @Test
    void aSizeBelowWhatWasWrittenIsRefused() throws VfsException {
        try (FileUpload upload = sparse("/file")) {
            upload.write(0, ByteBuffer.wrap(new byte[10]));
            upload.write(100, ByteBuffer.wrap(new byte[10]));
            assertThat(upload.entry().size()).isEqualTo(110);
            assertFails(Failure.UNSUPPORTED, () -> upload.truncate(10));
            upload.truncate(110);
            upload.commit();
        }

        assertThat(get("/file")).hasSize(110);
    }

    @Test
    void holesBeforeManyBytesBecomeZeroes() throws VfsException {
        byte[] bytes = Bytes.random(1, 20 * MIB);
        Arrays.fill(bytes, 100, 2 * MIB, (byte) 0);
        try (FileUpload upload = sparse("/file")) {
            upload.write(0, ByteBuffer.wrap(bytes, 0, 100));
            for (int offset = 2 * MIB; offset < bytes.length; offset += MIB / 4) {
                upload.write(offset, ByteBuffer.wrap(bytes, offset, MIB / 4));
            }
            upload.commit();
        }

        assertThat(get("/file")).isEqualTo(bytes);
    }

    @Test
    void aBlockThatComesTooLateForItsHoleIsRefused() throws VfsException {
        try (FileUpload upload = sparse("/file")) {
            for (int offset = MIB; offset < 8 * MIB; offset += MIB) {
                upload.write(offset, ByteBuffer.allocate(MIB));
            }
            assertFails(Failure.UNSUPPORTED, () -> upload.write(0, ByteBuffer.allocate(MIB)));
        }
        assertFails(Failure.NOT_FOUND, () -> files.stat(path("/file")));
    }

    @Test
    void holesOfMoreThan256MibAreRefused() throws VfsException {
        try (FileUpload upload = sparse("/file")) {
            upload.write(257L * MIB, ByteBuffer.allocate(1));
            assertFails(Failure.TOO_LARGE, upload::commit);
        }
        assertFails(Failure.NOT_FOUND, () -> files.stat(path("/file")));
    }

    @Test
    void writtenBytesCannotChange() throws VfsException {
        try (FileUpload upload = files.create(path("/file"), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(new byte[10]));
            assertFails(Failure.UNSUPPORTED, () -> upload.write(5, ByteBuffer.wrap(new byte[10])));
        }
    }

    @Test
    void aGapThatIsTooLargeIsRefused() throws VfsException {
        try (FileUpload upload = files.create(path("/file"), CreateMode.REPLACE)) {
            assertFails(Failure.UNSUPPORTED, () -> {
                for (int i = 1; i < 10; i++) {
                    upload.write((long) i * MIB, ByteBuffer.allocate(MIB));
                }
            });
        }
    }

    @Test
    void closingAnUploadAborts() throws VfsException {
        put("/old", new byte[] {1, 2});
        for (String name : List.of("/old", "/new")) {
            try (FileUpload upload = files.create(path(name), CreateMode.REPLACE)) {
                upload.write(0, ByteBuffer.wrap(Bytes.random(1, 6 * MIB)));
            }
        }

        assertThat(get("/old")).containsExactly(1, 2);
        assertThat(names("/")).containsExactly("old");
    }

    @Test
    void closingFromAnotherThreadEndsAWrite() throws Exception {
        FileUpload upload = files.create(path("/file"), CreateMode.REPLACE);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> writer = executor.submit(() -> {
                for (long offset = 0; offset < 1L << 34; offset += MIB) {
                    upload.write(offset, ByteBuffer.allocate(MIB));
                }
                return null;
            });
            Patience.await("the upload is under way", () -> upload.entry().size() > 20L * MIB);
            upload.close();
            assertThatThrownBy(writer::get)
                    .cause()
                    .isInstanceOfSatisfying(
                            VfsException.class, e -> assertThat(e.failure()).isEqualTo(Failure.ABORTED));
        }
        assertFails(Failure.NOT_FOUND, () -> files.stat(path("/file")));
    }

    @Test
    void anUploadNeedsItsDirectory() throws VfsException {
        put("/file", new byte[1]);

        assertFails(Failure.NOT_FOUND, () -> files.create(path("/no/file"), CreateMode.REPLACE));
        assertFails(Failure.NOT_A_DIRECTORY, () -> files.create(path("/file/x"), CreateMode.REPLACE));
        assertFails(Failure.NOT_A_DIRECTORY, () -> files.create(path("/file/x/y"), CreateMode.REPLACE));
        files.mkdir(path("/dir"));
        assertFails(Failure.IS_A_DIRECTORY, () -> files.create(path("/dir"), CreateMode.REPLACE));
        assertFails(Failure.PERMISSION_DENIED, () -> files.create(path("/"), CreateMode.REPLACE));
    }

    @Test
    void exclusiveCreationIsCheckedAtTheCommit() throws VfsException {
        try (FileUpload upload = files.create(path("/file"), CreateMode.NEW)) {
            put("/file", new byte[] {7});
            assertFails(Failure.ALREADY_EXISTS, upload::commit);
        }
        assertFails(Failure.ALREADY_EXISTS, () -> files.create(path("/file"), CreateMode.NEW));
        assertThat(get("/file")).containsExactly(7);
    }

    @Test
    void aDirectoryCreatedMeanwhileIsNotHidden() throws VfsException {
        try (FileUpload upload = files.create(path("/name"), CreateMode.REPLACE)) {
            files.mkdir(path("/name"));
            assertFails(Failure.IS_A_DIRECTORY, upload::commit);
        }
        assertThat(names("/")).containsExactly("name/");
    }

    @Test
    void readsStartAnywhere() throws VfsException {
        byte[] bytes = Bytes.random(5, 4 * MIB);
        put("/file", bytes);

        try (FileDownload download = files.open(path("/file"))) {
            for (int offset : new int[] {3 * MIB, 17, 2 * MIB + 1, bytes.length - 1}) {
                ByteBuffer target = ByteBuffer.allocate(Math.min(100_000, bytes.length - offset));
                while (target.hasRemaining()) {
                    assertThat(download.read((long) offset + target.position(), target))
                            .isPositive();
                }
                assertThat(target.array()).isEqualTo(Arrays.copyOfRange(bytes, offset, offset + target.capacity()));
            }
            assertThat(download.read(bytes.length, ByteBuffer.allocate(1))).isEqualTo(-1);
        }
    }

    @Test
    void timesAreKeptDuringAndAfterAnUpload() throws VfsException {
        try (FileUpload upload = files.create(path("/during"), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(Bytes.random(1, 6 * MIB)));
            upload.setModified(LONG_AGO);
            assertThat(upload.entry().modified()).isEqualTo(LONG_AGO);
            assertThat(upload.commit().modified()).isEqualTo(LONG_AGO);
        }
        put("/after", new byte[1]);
        files.setModified(path("/after"), LONG_AGO);
        files.mkdir(path("/dir"));
        files.setModified(path("/dir"), LONG_AGO);

        for (String name : List.of("/during", "/after", "/dir")) {
            assertThat(files.stat(path(name)).modified()).as(name).isEqualTo(LONG_AGO);
        }
        assertThat(files.list(path("/")).next(10))
                .extracting(FileEntry::modified)
                .containsOnly(LONG_AGO);
    }

    @Test
    void withoutOverwriteOnlyTheTimeOfTheLastUploadCanBeSet() throws VfsException {
        put("/of-others", new byte[1]);
        files.mkdir(path("/dir"));
        VirtualFileSystem dropBox = open(EnumSet.of(Permission.WRITE), mount("/", "", false));
        assertFails(Failure.PERMISSION_DENIED, () -> dropBox.setModified(path("/of-others"), LONG_AGO));
        assertThat(files.stat(path("/of-others")).modified()).isAfter(LONG_AGO);

        for (String name : List.of("/first", "/last")) {
            try (FileUpload upload = dropBox.create(path(name), CreateMode.REPLACE)) {
                upload.write(0, ByteBuffer.wrap(new byte[1]));
                upload.setModified(LONG_AGO);
                assertThat(upload.commit().modified()).isEqualTo(LONG_AGO);
            }
        }
        Instant later = LONG_AGO.plusSeconds(60);
        assertFails(Failure.PERMISSION_DENIED, () -> dropBox.setModified(path("/first"), later));
        dropBox.setModified(path("/last"), later);
        dropBox.setModified(path("/dir"), later);
        assertThat(files.stat(path("/last")).modified()).isEqualTo(later);
        assertThat(files.stat(path("/first")).modified()).isEqualTo(LONG_AGO);

        put("/last", new byte[] {1, 2});
        assertFails(Failure.PERMISSION_DENIED, () -> dropBox.setModified(path("/last"), later));
    }

    @Test
    void aTimeDoesNotOutliveItsVersion() throws VfsException {
        put("/file", new byte[] {1});
        files.setModified(path("/file"), LONG_AGO);
        put("/file", new byte[] {1});

        assertThat(files.stat(path("/file")).modified()).isAfter(LONG_AGO.plusSeconds(1));
        files.setModified(path("/file"), LONG_AGO);
        files.delete(path("/file"));
        put("/file", new byte[] {1});
        assertThat(files.stat(path("/file")).modified()).isAfter(LONG_AGO.plusSeconds(1));
    }

    @Test
    void statAndListingAgree() throws VfsException {
        files.mkdir(path("/d"));
        put("/d/file", new byte[3]);
        files.mkdir(path("/d/sub"));

        for (FileEntry entry : files.list(path("/d")).next(10)) {
            assertThat(entry)
                    .usingRecursiveComparison()
                    .ignoringFields("version")
                    .isEqualTo(files.stat(entry.path()));
        }
    }

    @Test
    void directoriesComeAndGo() throws VfsException {
        files.mkdir(path("/a"));
        files.mkdir(path("/a/b"));
        assertFails(Failure.ALREADY_EXISTS, () -> files.mkdir(path("/a")));
        assertFails(Failure.NOT_FOUND, () -> files.mkdir(path("/x/y")));
        assertFails(Failure.DIRECTORY_NOT_EMPTY, () -> files.rmdir(path("/a")));
        assertFails(Failure.IS_A_DIRECTORY, () -> files.delete(path("/a")));
        put("/file", new byte[1]);
        assertFails(Failure.NOT_A_DIRECTORY, () -> files.rmdir(path("/file")));
        assertFails(Failure.NOT_A_DIRECTORY, () -> files.list(path("/file")));
        assertFails(Failure.ALREADY_EXISTS, () -> files.mkdir(path("/file")));
        assertFails(Failure.NOT_FOUND, () -> files.list(path("/nowhere")));

        files.rmdir(path("/a/b"));
        assertThat(names("/")).containsExactly("a/", "file");
        files.rmdir(path("/a"));
        assertThat(names("/")).containsExactly("file");
        assertFails(Failure.NOT_FOUND, () -> files.rmdir(path("/a")));
    }

    @Test
    void directoriesOfOtherProgramsStayWithoutChildren() throws Exception {
        putObject("made/by/others");

        assertThat(names("/made")).containsExactly("by/");
        files.delete(path("/made/by/others"));
        assertThat(names("/made/by")).isEmpty();
        files.rmdir(path("/made/by"));
        assertThat(names("/made")).isEmpty();
    }

    /** `slipway doctor`, and the start of any gateway, test the store with keys of their own. */
    @Test
    void objectsOfAStoreProbeAreNotListed() throws Exception {
        putObject(ObjectStore.PROBE_PREFIX + "0123/object");
        putObject("mine/" + ObjectStore.PROBE_PREFIX + "0123/object");

        assertThat(names("/")).containsExactly("mine/");
        assertThat(names("/mine"))
                .as("only the top of the bucket is the probe's")
                .hasSize(1);
    }

    @Test
    void aNameIsNotAPrefix() throws VfsException {
        files.mkdir(path("/foo"));
        put("/foobar", new byte[] {1});
        put("/foo/x", new byte[] {2});

        assertThat(names("/foo")).containsExactly("x");
        files.rename(path("/foo"), path("/moved"), RenameMode.KEEP_TARGET);
        assertThat(names("/")).containsExactly("foobar", "moved/");
        assertFails(Failure.NOT_FOUND, () -> files.stat(path("/foob")));
    }

    @Test
    void filesAreRenamedWithTheirTimes() throws VfsException {
        put("/from", new byte[] {1});
        files.setModified(path("/from"), LONG_AGO);
        files.mkdir(path("/dir"));
        files.rename(path("/from"), path("/dir/to"), RenameMode.KEEP_TARGET);

        assertThat(names("/")).containsExactly("dir/");
        assertThat(get("/dir/to")).containsExactly(1);
        assertThat(files.stat(path("/dir/to")).modified()).isEqualTo(LONG_AGO);
    }

    @Test
    void renamesRespectExistingTargets() throws VfsException {
        put("/a", new byte[] {1});
        put("/b", new byte[] {2});
        files.mkdir(path("/d"));
        put("/d/x", new byte[] {3});

        assertFails(Failure.ALREADY_EXISTS, () -> files.rename(path("/a"), path("/b"), RenameMode.KEEP_TARGET));
        assertThat(get("/b")).containsExactly(2);
        assertFails(Failure.NOT_FOUND, () -> files.rename(path("/no"), path("/c"), RenameMode.KEEP_TARGET));
        assertFails(Failure.NOT_FOUND, () -> files.rename(path("/a"), path("/no/c"), RenameMode.KEEP_TARGET));
        assertFails(Failure.IS_A_DIRECTORY, () -> files.rename(path("/a"), path("/d"), RenameMode.REPLACE_TARGET));
        assertFails(Failure.NOT_A_DIRECTORY, () -> files.rename(path("/d"), path("/a"), RenameMode.REPLACE_TARGET));
        assertFails(Failure.NAME_INVALID, () -> files.rename(path("/d"), path("/d/e"), RenameMode.REPLACE_TARGET));
        files.mkdir(path("/full"));
        put("/full/y", new byte[1]);
        assertFails(
                Failure.DIRECTORY_NOT_EMPTY, () -> files.rename(path("/d"), path("/full"), RenameMode.REPLACE_TARGET));

        files.rename(path("/a"), path("/b"), RenameMode.REPLACE_TARGET);
        assertThat(get("/b")).containsExactly(1);
        files.rename(path("/b"), path("/b"), RenameMode.REPLACE_TARGET);
        assertThat(get("/b")).containsExactly(1);
        files.mkdir(path("/empty"));
        files.rename(path("/d"), path("/empty"), RenameMode.REPLACE_TARGET);
        assertThat(names("/empty")).containsExactly("x");
    }

    @Test
    void directoriesAreRenamedCompletely() throws VfsException {
        files.mkdir(path("/from"));
        files.mkdir(path("/from/empty"));
        files.mkdir(path("/from/sub"));
        for (int i = 0; i < 20; i++) {
            put("/from/sub/" + i, new byte[] {(byte) i});
            files.setModified(path("/from/sub/" + i), LONG_AGO.plusSeconds(i));
        }

        files.rename(path("/from"), path("/to"), RenameMode.KEEP_TARGET);

        assertThat(names("/")).containsExactly("to/");
        assertThat(names("/to")).containsExactly("empty/", "sub/");
        assertThat(names("/to/sub")).hasSize(20);
        for (int i = 0; i < 20; i++) {
            assertThat(get("/to/sub/" + i)).containsExactly(i);
            assertThat(files.stat(path("/to/sub/" + i)).modified()).isEqualTo(LONG_AGO.plusSeconds(i));
        }
    }

    @Test
    void largeDirectoriesArePaged() throws Exception {
        files.mkdir(path("/many"));
        List<Callable<Object>> puts = new ArrayList<>();
        for (int i = 0; i < 2600; i++) {
            String key = "many/" + i;
            puts.add(() -> {
                putObject(key);
                return key;
            });
        }
        try (ExecutorService executor = Executors.newFixedThreadPool(12)) {
            for (Future<Object> put : executor.invokeAll(puts)) {
                put.get();
            }
        }

        assertThat(names("/many")).hasSize(2600);
        files.rename(path("/many"), path("/moved"), RenameMode.KEEP_TARGET);
        assertThat(names("/moved")).hasSize(2600);
        assertThat(names("/")).containsExactly("moved/");
    }

    @Test
    void pathsCannotLeaveTheHome() throws Exception {
        putObject("other/secret");
        putObject("home/mine");
        putObject("home-lookalike/x");
        VirtualFileSystem home = open(EnumSet.allOf(Permission.class), mount("/", "home/", false));

        assertThat(names(home, "/")).containsExactly("mine");
        assertThat(names(home, "/..")).containsExactly("mine");
        for (String escape :
                List.of("/../other/secret", "../other/secret", "/x/../../other/secret", "/./../other/secret")) {
            assertFails(Failure.NOT_FOUND, () -> home.stat(path(escape)));
        }
        assertFails(Failure.NOT_FOUND, () -> home.stat(path("/%2e%2e/other/secret")));
        assertFails(Failure.NAME_INVALID, () -> path("/a\0b"));
    }

    @Test
    void mountsAreDirectories() throws Exception {
        putObject("in/a");
        putObject("archive/b");
        VirtualFileSystem home = open(
                EnumSet.allOf(Permission.class), mount("/data/in", "in/", false), mount("/archive", "archive/", true));

        assertThat(names(home, "/")).containsExactly("archive/", "data/");
        assertThat(names(home, "/data")).containsExactly("in/");
        assertThat(get(home, "/data/in/a")).containsExactly(1);
        assertFails(Failure.PERMISSION_DENIED, () -> put(home, "/archive/new", new byte[1]));
        assertFails(Failure.PERMISSION_DENIED, () -> home.delete(path("/archive/b")));
        assertFails(Failure.PERMISSION_DENIED, () -> home.rmdir(path("/data/in")));
        assertFails(Failure.PERMISSION_DENIED, () -> home.rename(path("/data/in"), path("/x"), RenameMode.KEEP_TARGET));
        assertFails(Failure.PERMISSION_DENIED, () -> home.create(path("/new"), CreateMode.REPLACE));
        assertFails(Failure.ALREADY_EXISTS, () -> home.mkdir(path("/data")));
        home.rename(path("/data/in/a"), path("/data/in/c"), RenameMode.KEEP_TARGET);
        assertThat(names(home, "/data/in")).containsExactly("c");
    }

    @Test
    void permissionsAreEnforced() throws Exception {
        put("/file", new byte[1]);
        for (Permission missing : Permission.values()) {
            VirtualFileSystem limited = open(EnumSet.complementOf(EnumSet.of(missing)), mount("/", "", false));
            assertFails(
                    Failure.PERMISSION_DENIED,
                    switch (missing) {
                        case LIST -> () -> limited.list(path("/"));
                        case READ -> () -> limited.open(path("/file"));
                        case WRITE -> () -> limited.create(path("/new"), CreateMode.REPLACE);
                        case OVERWRITE -> () -> limited.create(path("/file"), CreateMode.REPLACE);
                        case DELETE -> () -> limited.delete(path("/file"));
                        case RENAME -> () -> limited.rename(path("/file"), path("/x"), RenameMode.KEEP_TARGET);
                        case MKDIR -> () -> limited.mkdir(path("/dir"));
                    });
        }
        assertThat(names("/")).containsExactly("file");
    }

    /** As SFTP's {@code copy-data} does it. */
    private static void copy(VirtualFileSystem from, String source, String target) throws VfsException {
        try (FileUpload upload = from.create(path(target), CreateMode.REPLACE)) {
            try (FileDownload download = from.open(path(source))) {
                upload.copyFrom(download);
            }
            upload.commit();
        }
    }

    @Test
    void operationsArePublishedOnce() throws Exception {
        List<String> published = new CopyOnWriteArrayList<>();
        events.subscribe(event -> {
            if (event instanceof FileEvent file) {
                published.add(file.client().account() + " " + file.operation() + " " + file.path() + " "
                        + switch (file) {
                            case Uploaded uploaded -> uploaded.bytes();
                            case Downloaded downloaded -> downloaded.bytes();
                            case Renamed renamed -> renamed.to();
                            case Copied copied -> copied.to();
                            case Done _ -> "done";
                            case Failed failed -> failed.failure();
                        });
            }
        });
        Account somebody = new Account("somebody", List.of(mount("/", "", false)), EnumSet.allOf(Permission.class));
        try (AccountSession session = new Sessions(events, Clock.systemUTC())
                .begin(Login.lasting(somebody), Protocol.SFTP, InetAddress.getLoopbackAddress())
                .orElseThrow()) {
            VirtualFileSystem watched = fileSystems.open(session);
            try (FileUpload upload = watched.create(path("/file"), CreateMode.REPLACE)) {
                upload.write(0, ByteBuffer.wrap(new byte[100]));
                upload.commit();
            }
            try (FileUpload upload = watched.create(path("/cut"), CreateMode.REPLACE)) {
                upload.write(0, ByteBuffer.wrap(new byte[100]));
            }
            try (FileDownload download = watched.open(path("/file"))) {
                assertThat(download.read(0, ByteBuffer.allocate(60))).isPositive();
            }
            copy(watched, "/file", "/copy");
            try (FileDownload download = watched.open(path("/file"));
                    FileUpload upload = watched.create(path("/never"), CreateMode.REPLACE)) {
                upload.copyFrom(download);
                assertThat(download.read(0, ByteBuffer.allocate(10))).isPositive();
            }
            assertFails(Failure.NOT_FOUND, () -> watched.open(path("/none")));
            watched.mkdir(path("/dir"));
            watched.list(path("/dir"));
            watched.setModified(path("/file"), LONG_AGO);
            watched.rename(path("/file"), path("/dir/file"), RenameMode.KEEP_TARGET);
            assertFails(Failure.DIRECTORY_NOT_EMPTY, () -> watched.rmdir(path("/dir")));
            watched.delete(path("/dir/file"));
            watched.rmdir(path("/dir"));
        }
        assertThat(published)
                .containsExactly(
                        "somebody UPLOAD /file 100",
                        "somebody UPLOAD /cut ABORTED",
                        "somebody DOWNLOAD /file 60",
                        "somebody COPY /file /copy",
                        "somebody COPY /file ABORTED",
                        "somebody DOWNLOAD /file 10",
                        "somebody DOWNLOAD /none NOT_FOUND",
                        "somebody MAKE_DIRECTORY /dir done",
                        "somebody LIST /dir done",
                        "somebody SET_MODIFIED /file done",
                        "somebody RENAME /file /dir/file",
                        "somebody REMOVE_DIRECTORY /dir DIRECTORY_NOT_EMPTY",
                        "somebody DELETE /dir/file done",
                        "somebody REMOVE_DIRECTORY /dir done");
    }

    @Test
    void anUploadIsPublishedWithItsObject() throws Exception {
        List<StoredObject> published = new CopyOnWriteArrayList<>();
        events.subscribe(event -> {
            if (event instanceof Uploaded uploaded) {
                assertThat(uploaded.bytes()).isEqualTo(uploaded.object().bytes());
                published.add(uploaded.object());
            }
        });
        Account somebody = new Account("somebody", List.of(mount("/", "", false)), EnumSet.allOf(Permission.class));
        try (AccountSession session = new Sessions(events, Clock.systemUTC())
                .begin(Login.lasting(somebody), Protocol.SFTP, InetAddress.getLoopbackAddress())
                .orElseThrow()) {
            VirtualFileSystem watched = fileSystems.open(session);
            for (int size : new int[] {0, 100, 11 * MIB}) {
                try (FileUpload upload = watched.create(path("/file"), CreateMode.REPLACE)) {
                    upload.write(0, ByteBuffer.wrap(new byte[size]));
                    assertThat(upload.stored()).isEmpty();
                    upload.commit();
                }
                assertThat(published.getLast()).as(size + " bytes").isEqualTo(inStore("file", size));
            }
            try (FileUpload upload = watched.change(path("/file"), new WritePosition.End(), UploadOptions.DEFAULT)) {
                upload.write(11 * MIB, ByteBuffer.wrap(new byte[1]));
                upload.commit();
            }
            assertThat(published.getLast()).as("appended").isEqualTo(inStore("file", 11 * MIB + 1));
            try (FileUpload upload = watched.change(path("/file"), new WritePosition.End(), UploadOptions.DEFAULT)) {
                upload.commit();
            }
            assertThat(published.getLast()).as("unchanged").isEqualTo(inStore("file", 11 * MIB + 1));
        }
    }

    private StoredObject inStore(String key, long bytes) throws Exception {
        String etag = store.store()
                .head(new ObjectKey(bucket.name(), key))
                .orElseThrow()
                .etag();
        return new StoredObject(bucket.name(), key, etag.replace("\"", ""), null, bytes);
    }

    @Test
    void checksumsAreThoseOfTheBytes() throws Exception {
        byte[] content = Bytes.random(1, 7 * MIB + 1234);
        put("/file", content);
        put("/empty", new byte[0]);
        Map<DigestAlgorithm, String> names = Map.of(
                DigestAlgorithm.MD5, "MD5",
                DigestAlgorithm.SHA1, "SHA-1",
                DigestAlgorithm.SHA256, "SHA-256",
                DigestAlgorithm.SHA512, "SHA-512");
        for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
            for (int time = 0; time < 2; time++) {
                assertThat(checksum("/file", algorithm, 0, Long.MAX_VALUE))
                        .isEqualTo(digest(names.get(algorithm), content, 0, content.length));
            }
            assertThat(checksum("/file", algorithm, 100, 5 * MIB))
                    .isEqualTo(digest(names.get(algorithm), content, 100, 5 * MIB));
            assertThat(checksum("/empty", algorithm, 0, Long.MAX_VALUE))
                    .isEqualTo(digest(names.get(algorithm), content, 0, 0));
        }
        byte[] other = Bytes.random(2, 5);
        put("/file", other);
        assertThat(checksum("/file", DigestAlgorithm.MD5, 0, Long.MAX_VALUE)).isEqualTo(digest("MD5", other, 0, 5));

        assertFails(Failure.UNSUPPORTED, () -> checksum("/file", DigestAlgorithm.MD5, 6, 1));
        assertFails(Failure.NOT_FOUND, () -> checksum("/none", DigestAlgorithm.MD5, 0, 1));
        assertFails(Failure.IS_A_DIRECTORY, () -> checksum("/", DigestAlgorithm.MD5, 0, 1));
        assertFails(Failure.ABORTED, () -> files.checksum(path("/file"), DigestAlgorithm.SHA1, 1, 3, () -> true));
    }

    private byte[] checksum(String file, DigestAlgorithm algorithm, long offset, long length) throws VfsException {
        return files.checksum(path(file), algorithm, offset, length, () -> false);
    }

    private static byte[] digest(@Nullable String name, byte[] content, int offset, int length) throws Exception {
        if (name == null) {
            CRC32 crc = new CRC32();
            crc.update(content, offset, length);
            return ByteBuffer.allocate(Integer.BYTES)
                    .putInt((int) crc.getValue())
                    .array();
        }
        MessageDigest digest = MessageDigest.getInstance(name);
        digest.update(content, offset, length);
        return digest.digest();
    }

    private void become(Set<Permission> permissions, Mount... mounts) {
        changed.put("somebody", Optional.of(new Account("somebody", List.of(mounts), permissions)));
    }

    /** All operations, in a session that was opened earlier. */
    private static Map<String, ThrowingCallable> operations(VirtualFileSystem session) {
        return Map.of(
                "stat", () -> session.stat(path("/file")),
                "list", () -> session.list(path("/")),
                "open", () -> session.open(path("/file")),
                "create", () -> session.create(path("/new"), CreateMode.REPLACE),
                "rename", () -> session.rename(path("/file"), path("/x"), RenameMode.KEEP_TARGET),
                "delete", () -> session.delete(path("/file")),
                "mkdir", () -> session.mkdir(path("/dir")),
                "rmdir", () -> session.rmdir(path("/empty")),
                "setModified", () -> session.setModified(path("/file"), LONG_AGO));
    }

    @Test
    void openSessionsOfARemovedAccountLoseAccess() throws Exception {
        put("/file", new byte[100]);
        put("/other", new byte[1]);
        files.mkdir(path("/empty"));
        EntryCursor cursor = files.list(path("/"));
        try (FileDownload download = files.open(path("/file"));
                FileUpload begun = files.create(path("/begun"), CreateMode.REPLACE);
                FileUpload whole = files.create(path("/file"), CreateMode.REPLACE)) {
            whole.write(0, ByteBuffer.wrap(new byte[6 * MIB]));
            changed.put("somebody", Optional.empty());

            operations(files)
                    .forEach((name, operation) -> assertThatThrownBy(operation)
                            .as(name)
                            .isInstanceOfSatisfying(
                                    VfsException.class,
                                    e -> assertThat(e.failure()).isEqualTo(Failure.PERMISSION_DENIED))
                            .hasMessage("This account has expired or was changed; log in again."));
            assertFails(Failure.PERMISSION_DENIED, () -> cursor.next(1));
            assertFails(Failure.PERMISSION_DENIED, () -> download.read(0, ByteBuffer.allocate(10)));
            assertFails(Failure.PERMISSION_DENIED, () -> begun.write(0, ByteBuffer.wrap(new byte[10])));
            assertFails(Failure.PERMISSION_DENIED, whole::commit);
        }
        changed.clear();
        assertThat(get("/file")).as("neither replaced nor deleted").hasSize(100);
        assertThat(names("/")).containsExactly("empty/", "file", "other");
    }

    @Test
    void openSessionsLoseRemovedPermissions() throws Exception {
        put("/file", new byte[] {1});
        try (FileDownload download = files.open(path("/file"));
                FileUpload upload = files.create(path("/upload"), CreateMode.REPLACE);
                FileUpload overwriting = files.create(path("/late"), CreateMode.REPLACE)) {
            become(EnumSet.of(Permission.WRITE), mount("/", "", false));
            put("/late", new byte[] {1});
            assertFails(Failure.ALREADY_EXISTS, overwriting::commit);
            assertFails(Failure.PERMISSION_DENIED, () -> download.read(0, ByteBuffer.allocate(1)));
            assertFails(Failure.PERMISSION_DENIED, () -> files.list(path("/")));
            become(EnumSet.of(Permission.READ, Permission.LIST), mount("/", "", false));
            assertThat(download.read(0, ByteBuffer.allocate(1))).isEqualTo(1);
            assertFails(Failure.PERMISSION_DENIED, upload::commit);
            assertFails(Failure.PERMISSION_DENIED, () -> files.delete(path("/file")));
        }
        assertThat(names("/")).containsExactly("file", "late");
    }

    @Test
    void openSessionsSeeChangedMounts() throws Exception {
        files.mkdir(path("/a"));
        files.mkdir(path("/b"));
        put("/a/file", new byte[] {1});
        put("/b/file", new byte[] {2, 2});
        Set<Permission> all = EnumSet.allOf(Permission.class);
        become(all, mount("/", "a/", false));
        assertThat(get("/file")).containsExactly(1);
        try (FileDownload download = files.open(path("/file"));
                FileUpload moved = files.create(path("/new"), CreateMode.REPLACE);
                FileUpload readOnly = files.create(path("/new"), CreateMode.REPLACE)) {
            become(all, mount("/", "a/", true));
            assertThat(download.read(0, ByteBuffer.allocate(1))).isEqualTo(1);
            assertFails(Failure.PERMISSION_DENIED, readOnly::commit);
            become(all, mount("/", "b/", false));
            assertFails(Failure.PERMISSION_DENIED, () -> download.read(0, ByteBuffer.allocate(1)));
            assertFails(Failure.PERMISSION_DENIED, moved::commit);
            assertThat(get("/file")).containsExactly(2, 2);
        }
        changed.clear();
        assertThat(names("/a")).containsExactly("file");
        assertThat(names("/b")).containsExactly("file");
    }

    @Test
    void namesThatAreTooLongAreRefused() {
        assertFails(Failure.NAME_INVALID, () -> files.create(path("/" + "ü".repeat(513)), CreateMode.REPLACE));
    }

    @Test
    void noUpdateIsLostBetweenRenamesAndCommits() throws Exception {
        files.mkdir(path("/a"));
        int rounds = 30;
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> mover = executor.submit(() -> {
                for (int i = 0; i < rounds; i++) {
                    files.rename(
                            path(i % 2 == 0 ? "/a" : "/b"), path(i % 2 == 0 ? "/b" : "/a"), RenameMode.KEEP_TARGET);
                }
                return null;
            });
            List<Future<Integer>> writers = new ArrayList<>();
            for (int w = 0; w < 4; w++) {
                int writer = w;
                writers.add(executor.submit(() -> {
                    int stored = 0;
                    for (int i = 0; i < rounds; i++) {
                        for (String directory : List.of("/a/", "/b/")) {
                            try {
                                put(directory + writer + "-" + i + directory.charAt(1), new byte[] {1});
                                stored++;
                            } catch (VfsException e) {
                                assertThat(e.failure()).isIn(Failure.NOT_FOUND, Failure.BUSY, Failure.CONFLICT);
                            }
                        }
                    }
                    return stored;
                }));
            }
            int stored = 0;
            for (Future<Integer> writer : writers) {
                stored += writer.get();
            }
            mover.get();
            Set<String> found = new TreeSet<>();
            for (String name : names("/")) {
                found.addAll(names("/" + name));
            }
            assertThat(found).hasSize(stored);
        }
    }

    @Test
    void anUploadWithAFailedWriteIsNotStored() throws VfsException {
        try (FileUpload upload = files.create(path("/file"), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(new byte[10]));
            assertFails(Failure.UNSUPPORTED, () -> upload.write(5, ByteBuffer.wrap(new byte[10])));
            assertFails(Failure.UNSUPPORTED, upload::commit);
        }
        assertFails(Failure.NOT_FOUND, () -> files.stat(path("/file")));
    }

    @Test
    void aFloodOfTinyBlocksIsRefused() throws VfsException {
        try (FileUpload upload = files.create(path("/file"), CreateMode.REPLACE)) {
            assertFails(Failure.UNSUPPORTED, () -> {
                for (long offset = 2; offset < 100_000; offset += 2) {
                    upload.write(offset, ByteBuffer.allocate(1));
                }
            });
        }
    }

    @Test
    void overlappingMountsShowTheSameObjects() throws Exception {
        putObject("x/y/f");
        VirtualFileSystem home =
                open(EnumSet.allOf(Permission.class), mount("/outer", "x/", false), mount("/inner", "x/y/", false));
        home.mkdir(path("/inner/d"));

        assertFails(
                Failure.NAME_INVALID, () -> home.rename(path("/outer/y"), path("/inner/z"), RenameMode.KEEP_TARGET));
        home.rename(path("/outer/y/d"), path("/inner/d"), RenameMode.REPLACE_TARGET);
        home.rename(path("/outer/y/f"), path("/inner/f"), RenameMode.REPLACE_TARGET);

        assertThat(names(home, "/inner")).containsExactly("d/", "f");
        assertThat(get(home, "/inner/f")).containsExactly(1);
    }

    @Test
    void readsOfAClosedDownloadFail() throws VfsException {
        put("/file", new byte[10]);
        FileDownload download = files.open(path("/file"));
        assertThat(download.read(0, ByteBuffer.allocate(1))).isEqualTo(1);
        download.close();

        assertFails(Failure.ABORTED, () -> download.read(1, ByteBuffer.allocate(1)));
    }
}
