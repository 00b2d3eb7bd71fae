package dev.slipway.core.vfs;

import static dev.slipway.core.vfs.ProxiedFiles.assertFails;
import static dev.slipway.core.vfs.ProxiedFiles.path;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.TestArchive;
import dev.slipway.core.state.ArchiveTable;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files that were moved into archives, as clients see them. */
class ArchivedMembersTest {
    private static final byte[] LARGE = new byte[(3 << 20) + 12_345];

    static {
        new Random(7).nextBytes(LARGE);
        Arrays.fill(LARGE, 1 << 20, 2 << 20, (byte) 'x');
    }

    private final TestStore store;
    private final ObjectFileSystems fileSystems;
    private final VirtualFileSystem files;
    private final VirtualFileSystem without;

    ArchivedMembersTest(@TempDir Path folder) {
        store = new TestStore(TestBucket.inMemory(), folder);
        fileSystems = ObjectFileSystems.builder(store.store(), store.attributes())
                .admissionWait(Duration.ofSeconds(10))
                .archived(new ArchiveTable(store.database()))
                .build();
        files = open(true);
        without = open(false);
    }

    private VirtualFileSystem open(boolean archives) {
        return fileSystems.open(new Account(
                "somebody",
                List.of(new Mount(VirtualPath.ROOT, "bucket", "", false, archives)),
                EnumSet.allOf(Permission.class)));
    }

    @AfterEach
    void nothingIsHeld() throws InterruptedException {
        Patience.await("no path is locked", () -> fileSystems.locks.size() == 0);
        Patience.await("all part memory is returned", () -> store.parts().reservedBytes() == 0);
        Patience.await(
                "all read-ahead memory is returned", () -> store.readAhead().reservedBytes() == 0);
        fileSystems.close();
        store.close();
    }

    /** Two directories that have nothing but archived files. */
    private void archive(Archive.Format format) throws StoreException {
        new TestArchive("bucket", format)
                .add("in/a.txt", "first")
                .add("in/b.txt", "second")
                .add("in/deep/large", LARGE)
                .add("in/empty", "")
                .store(store.store(), store.database(), "archives/1");
    }

    private static String read(VirtualFileSystem files, String path) throws VfsException {
        return new String(read(files, path, 0), StandardCharsets.UTF_8);
    }

    private static byte[] read(VirtualFileSystem files, String path, long offset) throws VfsException {
        try (FileDownload download = files.open(path(path), offset)) {
            ByteBuffer target = ByteBuffer.allocate(5 << 20);
            while (download.read(offset + target.position(), target) >= 0) {}
            return Arrays.copyOf(target.array(), target.position());
        }
    }

    private void put(String path, String text) throws VfsException {
        try (FileUpload upload = files.create(path(path), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            upload.commit();
        }
    }

    private static Set<String> names(VirtualFileSystem files, String path) throws VfsException {
        Set<String> names = new TreeSet<>();
        EntryCursor cursor = files.list(path(path));
        for (List<FileEntry> page = cursor.next(10); !page.isEmpty(); page = cursor.next(10)) {
            page.forEach(entry -> assertThat(names.add(entry.name() + (entry.directory() ? "/" : "")))
                    .isTrue());
        }
        cursor.close();
        return names;
    }

    private boolean isObject(String key) throws StoreException {
        return store.store().head(new ObjectKey("bucket", key)).isPresent();
    }

    @ParameterizedTest
    @EnumSource
    void areListedAndReadAtTheirPaths(Archive.Format format) throws Exception {
        archive(format);
        assertThat(names(files, "/")).containsExactly("archives/", "in/");
        assertThat(names(files, "/in")).containsExactly("a.txt", "b.txt", "deep/", "empty");
        FileEntry entry = files.stat(path("/in/a.txt"));
        assertThat(entry.size()).isEqualTo(5);
        assertThat(entry.modified()).isEqualTo(TestArchive.MODIFIED);
        assertThat(files.stat(path("/in/deep")).directory()).isTrue();
        assertThat(read(files, "/in/a.txt")).isEqualTo("first");
        assertThat(read(files, "/in/b.txt")).isEqualTo("second");
        assertThat(read(files, "/in/empty")).isEmpty();
        assertThat(read(files, "/in/deep/large", 0)).isEqualTo(LARGE);
    }

    @ParameterizedTest
    @EnumSource
    void areReadFromAnyOffset(Archive.Format format) throws Exception {
        archive(format);
        for (int offset : new int[] {1, 511, 1 << 20, (1 << 20) - 512, LARGE.length - 1, LARGE.length}) {
            assertThat(read(files, "/in/deep/large", offset))
                    .as("from %s", offset)
                    .isEqualTo(Arrays.copyOfRange(LARGE, offset, LARGE.length));
        }
        // Back and forth within one download, as SFTP clients may.
        try (FileDownload download = files.open(path("/in/deep/large"))) {
            for (int offset : new int[] {2 << 20, 17, LARGE.length - 3}) {
                ByteBuffer target = ByteBuffer.allocate(3);
                while (target.hasRemaining() && download.read(offset + target.position(), target) >= 0) {}
                assertThat(target.array()).isEqualTo(Arrays.copyOfRange(LARGE, offset, offset + 3));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void haveChecksums(Archive.Format format) throws Exception {
        archive(format);
        for (String algorithm : List.of("MD5", "SHA-256")) {
            assertThat(files.checksum(
                            path("/in/deep/large"),
                            algorithm.equals("MD5") ? DigestAlgorithm.MD5 : DigestAlgorithm.SHA256,
                            0,
                            Long.MAX_VALUE,
                            () -> false))
                    .isEqualTo(MessageDigest.getInstance(algorithm).digest(LARGE));
        }
    }

    @ParameterizedTest
    @EnumSource
    void areGoneOnceDeleted(Archive.Format format) throws Exception {
        archive(format);
        assertFails(Failure.DIRECTORY_NOT_EMPTY, () -> files.rmdir(path("/in/deep")));
        files.delete(path("/in/deep/large"));
        assertFails(Failure.NOT_FOUND, () -> files.stat(path("/in/deep/large")));
        assertFails(Failure.NOT_FOUND, () -> files.open(path("/in/deep/large")));
        assertThat(files.stat(path("/in/deep")).directory())
                .as("a directory stays when it loses its last child")
                .isTrue();
        files.rmdir(path("/in/deep"));
        for (String name : List.of("a.txt", "b.txt", "empty")) {
            files.delete(path("/in/" + name));
        }
        files.rmdir(path("/in"));
        assertThat(names(files, "/")).containsExactly("archives/");
    }

    @ParameterizedTest
    @EnumSource
    void areReplacedByUploads(Archive.Format format) throws Exception {
        archive(format);
        assertFails(Failure.ALREADY_EXISTS, () -> files.create(path("/in/a.txt"), CreateMode.NEW));
        put("/in/a.txt", "new");
        assertThat(read(files, "/in/a.txt")).isEqualTo("new");
        assertThat(names(files, "/in")).containsExactly("a.txt", "b.txt", "deep/", "empty");
        files.delete(path("/in/a.txt"));
        assertFails(Failure.NOT_FOUND, () -> files.stat(path("/in/a.txt")));
    }

    /** The store alone would accept it: it has no object there. */
    @ParameterizedTest
    @EnumSource
    void areNotReplacedByAnExclusiveUploadThatBeganBefore(Archive.Format format) throws Exception {
        files.mkdir(path("/in"));
        for (String name : List.of("a.txt", "other")) {
            try (FileUpload upload = files.create(path("/in/" + name), CreateMode.NEW)) {
                upload.write(0, ByteBuffer.wrap(name.getBytes(StandardCharsets.UTF_8)));
                if (name.equals("a.txt")) {
                    archive(format);
                    assertFails(Failure.ALREADY_EXISTS, upload::commit);
                } else {
                    upload.commit();
                }
            }
        }
        assertThat(read(files, "/in/a.txt")).isEqualTo("first");
        assertThat(isObject("in/a.txt")).isFalse();
        assertThat(read(files, "/in/other")).isEqualTo("other");
    }

    @ParameterizedTest
    @EnumSource
    void becomeObjectsWhenTheyAreRenamedOrCopied(Archive.Format format) throws Exception {
        archive(format);
        files.rename(path("/in/a.txt"), path("/in/c.txt"), RenameMode.KEEP_TARGET);
        assertThat(isObject("in/c.txt")).isTrue();
        assertThat(read(files, "/in/c.txt")).isEqualTo("first");
        assertThat(files.stat(path("/in/c.txt")).modified()).isEqualTo(TestArchive.MODIFIED);
        assertFails(Failure.NOT_FOUND, () -> files.stat(path("/in/a.txt")));
        assertFails(
                Failure.ALREADY_EXISTS,
                () -> files.rename(path("/in/c.txt"), path("/in/b.txt"), RenameMode.KEEP_TARGET));
        files.copy(path("/in/deep/large"), path("/in/copy"), CreateMode.NEW);
        assertThat(read(without, "/in/copy", 0)).isEqualTo(LARGE);
        assertThat(read(files, "/in/deep/large", 0)).isEqualTo(LARGE);
    }

    @ParameterizedTest
    @EnumSource
    void moveWithTheirDirectory(Archive.Format format) throws Exception {
        archive(format);
        put("/in/object", "object");
        files.rename(path("/in"), path("/out"), RenameMode.KEEP_TARGET);
        assertThat(names(files, "/")).containsExactly("archives/", "out/");
        assertThat(names(without, "/out")).containsExactly("a.txt", "b.txt", "deep/", "empty", "object");
        assertThat(read(files, "/out/deep/large", 0)).isEqualTo(LARGE);
        assertThat(files.stat(path("/out/a.txt")).modified()).isEqualTo(TestArchive.MODIFIED);
    }

    @ParameterizedTest
    @EnumSource
    void becomeObjectsWhenTheyAreChanged(Archive.Format format) throws Exception {
        archive(format);
        try (FileUpload upload = files.change(path("/in/a.txt"), new WritePosition.End(), UploadOptions.DEFAULT)) {
            upload.write(5, ByteBuffer.wrap(" and more".getBytes(StandardCharsets.UTF_8)));
            upload.commit();
        }
        assertThat(read(files, "/in/a.txt")).isEqualTo("first and more");
        assertThat(isObject("in/a.txt")).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void keepTheTimeThatAClientSets(Archive.Format format) throws Exception {
        archive(format);
        Instant time = Instant.parse("2020-02-02T02:02:02Z");
        files.setModified(path("/in/a.txt"), time);
        assertThat(files.stat(path("/in/a.txt")).modified()).isEqualTo(time);
    }

    @ParameterizedTest
    @EnumSource
    void areNotShownByOtherMounts(Archive.Format format) throws Exception {
        archive(format);
        assertThat(names(without, "/")).containsExactly("archives/");
        assertFails(Failure.NOT_FOUND, () -> without.stat(path("/in/a.txt")));
        assertFails(Failure.NOT_FOUND, () -> without.open(path("/in/a.txt")));
    }

    @ParameterizedTest
    @EnumSource
    void failClearlyIfTheirArchiveIsGone(Archive.Format format) throws Exception {
        archive(format);
        store.store().delete(List.of(new ObjectKey("bucket", "archives/1")));
        assertFails(Failure.INTEGRITY, () -> read(files, "/in/a.txt"));
        assertFails(
                Failure.INTEGRITY, () -> files.rename(path("/in/a.txt"), path("/in/c.txt"), RenameMode.KEEP_TARGET));
        assertFails(Failure.NOT_FOUND, () -> files.stat(path("/in/c.txt")));
    }

    @ParameterizedTest
    @EnumSource
    void giveWayToThoseOfALaterArchive(Archive.Format format) throws Exception {
        archive(format);
        new TestArchive("bucket", format).add("in/a.txt", "later").store(store.store(), store.database(), "archives/2");
        assertThat(read(files, "/in/a.txt")).isEqualTo("later");
        files.delete(path("/in/a.txt"));
        assertFails(Failure.NOT_FOUND, () -> files.stat(path("/in/a.txt")));
    }
}
