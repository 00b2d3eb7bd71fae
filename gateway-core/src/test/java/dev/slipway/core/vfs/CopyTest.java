package dev.slipway.core.vfs;

import static dev.slipway.core.vfs.ProxiedFiles.assertFails;
import static dev.slipway.core.vfs.ProxiedFiles.path;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.Failure;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies on the store's side. */
@S3Store
class CopyTest {
    private final ProxiedFiles fixture;
    private final VirtualFileSystem files;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    CopyTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        fixture = new ProxiedFiles(bucket, folder);
        files = fixture.files;
    }

    @AfterEach
    void close() throws IOException {
        fixture.proxy.pass();
        executor.close();
        fixture.close();
    }

    private VirtualFileSystem limited(Set<Permission> permissions, Mount... mounts) {
        return fixture.fileSystems.open(new Account("limited", List.of(mounts), permissions));
    }

    private Mount mount(String path, String prefix, boolean readOnly) throws Exception {
        return new Mount(path(path), fixture.bucket, prefix, readOnly);
    }

    @Test
    void copiesHaveBytesTimeAndDigestsOfTheSource() throws Exception {
        fixture.put("/from", "text");
        Instant time = Instant.ofEpochSecond(1_000_000_000);
        files.setModified(path("/from"), time);
        byte[] digest = files.checksum(path("/from"), DigestAlgorithm.MD5, 0, Long.MAX_VALUE, () -> false);
        fixture.proxy.forgetRequests();

        FileEntry copy = files.copy(path("/from"), path("/to"), CreateMode.NEW);

        assertThat(copy.size()).isEqualTo(4);
        assertThat(copy.modified()).isEqualTo(time);
        assertThat(files.stat(path("/to"))).isEqualTo(copy);
        assertThat(files.checksum(path("/to"), DigestAlgorithm.MD5, 0, Long.MAX_VALUE, () -> false))
                .isEqualTo(digest);
        assertThat(fixture.proxy.requests())
                .noneMatch(request -> fixture.is(request, "GET", "from") || fixture.is(request, "GET", "to"));
        assertThat(fixture.object("to")).isEqualTo("text");
        assertThat(fixture.object("from")).isEqualTo("text");
    }

    @Test
    void existingFilesAreReplacedOnlyOnRequest() throws Exception {
        fixture.put("/from", "new");
        fixture.put("/to", "old");
        files.mkdir(path("/directory"));
        assertFails(Failure.ALREADY_EXISTS, () -> files.copy(path("/from"), path("/to"), CreateMode.NEW));
        assertFails(Failure.IS_A_DIRECTORY, () -> files.copy(path("/from"), path("/directory"), CreateMode.REPLACE));
        assertFails(Failure.IS_A_DIRECTORY, () -> files.copy(path("/directory"), path("/x"), CreateMode.REPLACE));
        assertFails(Failure.NOT_FOUND, () -> files.copy(path("/none"), path("/to"), CreateMode.REPLACE));
        assertFails(Failure.NOT_FOUND, () -> files.copy(path("/from"), path("/none/to"), CreateMode.REPLACE));
        assertFails(Failure.NOT_A_DIRECTORY, () -> files.copy(path("/from"), path("/to/x"), CreateMode.REPLACE));
        assertFails(Failure.NAME_INVALID, () -> files.copy(path("/from"), path("/from"), CreateMode.REPLACE));
        assertThat(fixture.object("to")).isEqualTo("old");
        files.copy(path("/from"), path("/to"), CreateMode.REPLACE);
        assertThat(fixture.object("to")).isEqualTo("new");
    }

    @Test
    void copiesNeedThePermissionsToReadAndWrite() throws Exception {
        fixture.put("/from", "new");
        fixture.put("/to", "old");
        Mount all = mount("/", "", false);
        for (Permission missing : new Permission[] {Permission.READ, Permission.WRITE, Permission.OVERWRITE}) {
            VirtualFileSystem limited = limited(EnumSet.complementOf(EnumSet.of(missing)), all);
            assertFails(Failure.PERMISSION_DENIED, () -> limited.copy(path("/from"), path("/to"), CreateMode.REPLACE));
        }
        VirtualFileSystem readOnly = limited(EnumSet.allOf(Permission.class), mount("/", "", true));
        assertFails(Failure.PERMISSION_DENIED, () -> readOnly.copy(path("/from"), path("/new"), CreateMode.REPLACE));
        assertThat(fixture.keys()).containsExactly("from", "to");
        assertThat(fixture.object("to")).isEqualTo("old");
    }

    @Test
    void aFileIsNotCopiedToItselfThroughAnotherMount() throws Exception {
        fixture.put("/from", "text");
        VirtualFileSystem twice =
                limited(EnumSet.allOf(Permission.class), mount("/", "", false), mount("/again", "", false));
        assertFails(Failure.NAME_INVALID, () -> twice.copy(path("/from"), path("/again/from"), CreateMode.REPLACE));
        assertThat(fixture.object("from")).isEqualTo("text");
    }

    @Test
    void aSourceThatIsReplacedMeanwhileIsNotCopied() throws Exception {
        fixture.put("/from", "old");
        HeldRequests copying = fixture.proxy.hold(1, request -> fixture.is(request, "PUT", "to"));
        Future<?> copy = executor.submit(() -> {
            assertFails(Failure.CONFLICT, () -> files.copy(path("/from"), path("/to"), CreateMode.NEW));
            return null;
        });
        copying.awaitArrival(Patience.LIMIT);
        fixture.putObject("from", "new");
        copying.release();
        copy.get();
        assertThat(fixture.keys()).containsExactly("from");
    }

    @Test
    void anUploadThatBecomesACopyTakesNoBytesAndNoMemory() throws Exception {
        fixture.put("/from", "text");
        VirtualPath to = path("/to");
        try (FileUpload upload = files.create(to, CreateMode.REPLACE)) {
            try (FileDownload source = files.open(path("/from"))) {
                upload.copyFrom(source);
            }
            assertThat(fixture.store.parts().reservedBytes()).isZero();
            assertThat(upload.entry().size()).isEqualTo(4);
            assertThat(fixture.isThere("to")).isFalse();
            upload.commit();
        }
        assertThat(fixture.object("to")).isEqualTo("text");
        try (FileDownload source = files.open(path("/from"));
                FileUpload upload = files.create(path("/other"), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(new byte[1]));
            assertFails(Failure.UNSUPPORTED, () -> upload.copyFrom(source));
        }
        try (FileDownload source = files.open(path("/from"));
                FileUpload upload = files.create(path("/other"), CreateMode.REPLACE)) {
            upload.copyFrom(source);
            assertFails(Failure.UNSUPPORTED, () -> upload.write(4, ByteBuffer.wrap(new byte[1])));
            assertFails(Failure.UNSUPPORTED, upload::commit);
        }
        assertThat(fixture.keys()).containsExactly("from", "to");
    }
}
