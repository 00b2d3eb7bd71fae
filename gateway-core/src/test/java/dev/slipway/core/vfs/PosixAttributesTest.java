package dev.slipway.core.vfs;

import static dev.slipway.core.vfs.ProxiedFiles.assertFails;
import static dev.slipway.core.vfs.ProxiedFiles.path;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Failure;
import dev.slipway.core.PosixAttributes;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.s3.HeadRequest;
import dev.slipway.core.s3.PutRequest;
import dev.slipway.core.s3.RequestBody;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PosixAttributesTest {
    private static final PosixAttributes SCRIPT = PosixAttributes.ofMode(0755).withOwner(1234, 4321);

    private final TestBucket bucket = TestBucket.inMemory();
    private final TestStore store;
    private final ObjectFileSystems fileSystems;
    private final VirtualFileSystem files;

    PosixAttributesTest(@TempDir Path folder) {
        store = new TestStore(bucket, folder);
        fileSystems =
                ObjectFileSystems.builder(store.store(), store.attributes()).build();
        files = open(EnumSet.allOf(Permission.class), AccountOption.POSIX_ATTRIBUTES);
    }

    @AfterEach
    void close() {
        fileSystems.close();
        store.close();
    }

    private VirtualFileSystem open(Set<Permission> permissions, AccountOption... options) {
        return fileSystems.open(new Account(
                "somebody",
                List.of(new Mount(VirtualPath.ROOT, bucket.name(), "", false)),
                permissions,
                Set.of(options),
                Account.UNLIMITED));
    }

    private static FileEntry put(VirtualFileSystem to, String path, PosixAttributes created) throws Exception {
        try (FileUpload upload = to.create(path(path), CreateMode.REPLACE, UploadOptions.DEFAULT.withPosix(created))) {
            upload.write(0, ByteBuffer.wrap(new byte[] {1, 2, 3}));
            return upload.commit();
        }
    }

    private PosixAttributes of(String path) throws Exception {
        return files.stat(path(path)).posix();
    }

    private PosixAttributes listed(String path) throws Exception {
        VirtualPath wanted = path(path);
        try (EntryCursor cursor = files.list(wanted.parent())) {
            return cursor.next(100).stream()
                    .filter(entry -> entry.path().equals(wanted))
                    .findAny()
                    .orElseThrow()
                    .posix();
        }
    }

    @Test
    void aNewFileHasWhatItsClientGaveIt() throws Exception {
        assertThat(put(files, "/file", SCRIPT).posix()).isEqualTo(SCRIPT);
        assertThat(of("/file")).isEqualTo(SCRIPT);
        assertThat(listed("/file")).isEqualTo(SCRIPT);
    }

    @Test
    void changesApplyToFilesAndDirectories() throws Exception {
        put(files, "/file", SCRIPT);
        files.setPosix(path("/file"), PosixAttributes.ofMode(0600));
        assertThat(of("/file")).isEqualTo(PosixAttributes.ofMode(0600).withOwner(1234, 4321));
        files.mkdir(path("/d"), PosixAttributes.ofMode(0700));
        files.setPosix(path("/d"), PosixAttributes.NONE.withOwner(5, 6));
        assertThat(of("/d")).isEqualTo(PosixAttributes.ofMode(0700).withOwner(5, 6));
        assertThat(listed("/d")).isEqualTo(of("/d"));
        assertFails(Failure.NOT_FOUND, () -> files.setPosix(path("/absent"), SCRIPT));
    }

    @Test
    void anOpenFileCanBeChanged() throws Exception {
        try (FileUpload upload = files.create(
                path("/file"), CreateMode.REPLACE, UploadOptions.DEFAULT.withPosix(PosixAttributes.ofMode(0644)))) {
            upload.setPosix(PosixAttributes.ofMode(0444));
            assertThat(upload.entry().posix().mode()).isEqualTo(0444);
            upload.commit();
        }
        assertThat(of("/file").mode()).isEqualTo(0444);
    }

    /** As on a disk, where the attributes belong to the file, and not to its content. */
    @Test
    void aFileKeepsThemWhenItIsReplacedOrChanged() throws Exception {
        put(files, "/file", SCRIPT);
        assertThat(put(files, "/file", PosixAttributes.ofMode(0644)).posix()).isEqualTo(SCRIPT);
        assertThat(of("/file")).isEqualTo(SCRIPT);
        try (FileUpload upload = files.change(path("/file"), WritePosition.END, UploadOptions.DEFAULT)) {
            upload.write(3, ByteBuffer.wrap(new byte[] {4}));
            upload.commit();
        }
        assertThat(of("/file")).isEqualTo(SCRIPT);
        FileEntry _ = files.truncate(path("/file"), 1, UploadOptions.DEFAULT);
        assertThat(of("/file")).isEqualTo(SCRIPT);
    }

    @Test
    void aNewFileAtThePathOfADeletedOneHasNone() throws Exception {
        put(files, "/file", SCRIPT);
        files.delete(path("/file"));
        put(files, "/file", PosixAttributes.NONE);
        assertThat(of("/file")).isEqualTo(PosixAttributes.NONE);
        files.mkdir(path("/d"), SCRIPT);
        files.rmdir(path("/d"));
        files.mkdir(path("/d"));
        assertThat(of("/d")).isEqualTo(PosixAttributes.NONE);
    }

    @Test
    void renamesAndCopiesKeepThem() throws Exception {
        put(files, "/file", SCRIPT);
        files.rename(path("/file"), path("/renamed"), RenameMode.KEEP_TARGET);
        assertThat(of("/renamed")).isEqualTo(SCRIPT);
        files.copy(path("/renamed"), path("/copy"), CreateMode.NEW);
        assertThat(of("/copy")).isEqualTo(SCRIPT);
    }

    @Test
    void aRenamedDirectoryAndWhatIsInItKeepThem() throws Exception {
        files.mkdir(path("/d"), PosixAttributes.ofMode(0700));
        files.mkdir(path("/d/e"), PosixAttributes.ofMode(0711));
        put(files, "/d/e/file", SCRIPT);
        files.rename(path("/d"), path("/r"), RenameMode.KEEP_TARGET);
        assertThat(of("/r").mode()).isEqualTo(0700);
        assertThat(of("/r/e").mode()).isEqualTo(0711);
        assertThat(of("/r/e/file")).isEqualTo(SCRIPT);
    }

    /** The state database may have a row of a file that somebody else has replaced since. */
    @Test
    void aVersionThatAnotherProgramHasStoredHasNone() throws Exception {
        put(files, "/file", SCRIPT);
        try (S3Operations client = bucket.connect()) {
            client.put(PutRequest.of(new ObjectKey(bucket.name(), "file")), RequestBody.of(new byte[] {9, 9}))
                    .join();
        }
        assertThat(of("/file")).isEqualTo(PosixAttributes.NONE);
    }

    /** Such as a pull, or an account without the option. */
    @Test
    void aFileKeepsThemWhoeverReplacesIt() throws Exception {
        put(files, "/file", SCRIPT);
        VirtualFileSystem other = open(EnumSet.allOf(Permission.class));
        assertThat(put(other, "/file", PosixAttributes.ofMode(0644)).posix()).isEqualTo(PosixAttributes.NONE);
        assertThat(of("/file")).isEqualTo(SCRIPT);
        try (FileUpload upload = other.create(path("/file"), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(new byte[] {9}));
            upload.setModified(Instant.parse("2026-01-02T03:04:05Z"));
            upload.commit();
        }
        assertThat(of("/file")).isEqualTo(SCRIPT);
    }

    @Test
    void aFileThatWasRenamedOrCopiedOverAnotherDoesNotGetThoseOfTheOther() throws Exception {
        for (String target : List.of("/renamed", "/copy")) {
            put(files, target, SCRIPT);
        }
        put(files, "/plain", PosixAttributes.NONE);
        files.copy(path("/plain"), path("/copy"), CreateMode.REPLACE);
        files.rename(path("/plain"), path("/renamed"), RenameMode.REPLACE_TARGET);
        for (String target : List.of("/renamed", "/copy")) {
            assertThat(of(target)).isEqualTo(PosixAttributes.NONE);
            put(files, target, PosixAttributes.ofMode(0600));
            assertThat(of(target)).as(target).isEqualTo(PosixAttributes.ofMode(0600));
        }
    }

    @Test
    void otherAccountsHaveNone() throws Exception {
        VirtualFileSystem other = open(EnumSet.allOf(Permission.class));
        assertThat(other.keepsPosix()).isFalse();
        assertThat(put(other, "/file", SCRIPT).posix()).isEqualTo(PosixAttributes.NONE);
        other.setPosix(path("/file"), SCRIPT);
        assertThat(other.stat(path("/file")).posix()).isEqualTo(PosixAttributes.NONE);
        assertThat(of("/file")).isEqualTo(PosixAttributes.NONE);
        assertFails(Failure.NOT_FOUND, () -> other.setPosix(path("/absent"), SCRIPT));
        put(files, "/kept", SCRIPT);
        assertThat(other.stat(path("/kept")).posix()).isEqualTo(PosixAttributes.NONE);
        other.rename(path("/kept"), path("/renamed"), RenameMode.KEEP_TARGET);
        assertThat(of("/renamed")).isEqualTo(SCRIPT);
    }

    @Test
    void whoMayNotChangeAFileMayNotChangeItsMode() throws Exception {
        put(files, "/file", SCRIPT);
        VirtualFileSystem writer =
                open(EnumSet.complementOf(EnumSet.of(Permission.OVERWRITE)), AccountOption.POSIX_ATTRIBUTES);
        assertFails(Failure.PERMISSION_DENIED, () -> writer.setPosix(path("/file"), PosixAttributes.ofMode(0644)));
        // Its client sets the mode of what it has just uploaded.
        put(writer, "/own", PosixAttributes.NONE);
        writer.setPosix(path("/own"), PosixAttributes.ofMode(0600));
        assertThat(of("/own").mode()).isEqualTo(0600);
    }

    @Test
    void theObjectHasThemAsOtherProgramsReadThem() throws Exception {
        put(files, "/file", SCRIPT);
        try (S3Operations client = bucket.connect()) {
            assertThat(client.head(HeadRequest.of(new ObjectKey(bucket.name(), "file")))
                            .join()
                            .description()
                            .metadata())
                    .containsAllEntriesOf(Map.of("mode", "33261", "uid", "1234", "gid", "4321"));
        }
    }

    @Test
    void modesAreWrittenAsLsDoes() {
        assertThat(PosixAttributes.ofMode(0751).line(false, true)).isEqualTo("-rwxr-x--x");
        assertThat(PosixAttributes.ofMode(04755).line(false, true)).isEqualTo("-rwsr-xr-x");
        assertThat(PosixAttributes.ofMode(02644).line(false, true)).isEqualTo("-rw-r-Sr--");
        assertThat(PosixAttributes.ofMode(01777).line(true, true)).isEqualTo("drwxrwxrwt");
        assertThat(PosixAttributes.NONE.line(false, true)).isEqualTo("-rw-r--r--");
        assertThat(PosixAttributes.NONE.line(true, false)).isEqualTo("dr-xr-xr-x");
    }
}
