package dev.slipway.core.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestOutbox;
import dev.slipway.core.store.s3.TestStore;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which operations of a client count as uploads for those who are told of them. */
class AnnouncedUploadsTest {
    private static final int MIB = 1 << 20;

    private final Events events = new Events();
    private final TestStore store;
    private final ObjectFileSystems fileSystems;
    private final Account anna;
    private final AccountSession session;
    private final VirtualFileSystem files;

    AnnouncedUploadsTest(@TempDir Path folder) throws VfsException {
        TestBucket bucket = TestBucket.inMemory();
        store = TestStore.with(StateDatabase.open(folder.resolve("state.db")), bucket, new TestOutbox());
        fileSystems = ObjectFileSystems.builder(store.store(), store.attributes())
                .admissionWait(Duration.ofSeconds(10))
                .events(events)
                .build();
        anna = new Account(
                "anna",
                List.of(new Mount(VirtualPath.ROOT, bucket.name(), "home/", false)),
                EnumSet.allOf(Permission.class));
        session = new Sessions(events, Clock.systemUTC())
                .begin(Login.lasting(anna), Protocol.FTPS, InetAddress.getLoopbackAddress())
                .orElseThrow();
        files = fileSystems.open(session);
    }

    @AfterEach
    void close() {
        session.close();
        fileSystems.close();
        store.close();
    }

    private static VirtualPath path(String path) throws VfsException {
        return VirtualPath.parse(path);
    }

    private void upload(VirtualFileSystem to, String path, int bytes) throws VfsException {
        try (FileUpload upload = to.create(path(path), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(new byte[bytes]));
            upload.commit();
        }
    }

    /** The paths and sizes that were told. */
    private List<String> told() {
        return TestOutbox.rows(store.database()).stream()
                .map(row -> row.upload().split(" ", -1))
                .map(fields -> fields[0] + " " + fields[1] + " " + fields[2] + " " + fields[3] + " " + fields[4] + " "
                        + fields[6])
                .toList();
    }

    @Test
    void wholeFilesAreUploads() throws Exception {
        upload(files, "/small", 10);
        upload(files, "/empty", 0);
        upload(files, "/large", 11 * MIB);

        assertThat(told())
                .containsExactlyInAnyOrder(
                        "anna /small FTPS 127.0.0.1 home/small 10",
                        "anna /empty FTPS 127.0.0.1 home/empty 0",
                        "anna /large FTPS 127.0.0.1 home/large " + 11 * MIB);
    }

    @Test
    void changesInPlaceAreUploadsOfTheWholeFile() throws Exception {
        upload(fileSystems.open(anna), "/file", 7 * MIB);
        try (FileUpload append = files.change(path("/file"), new WritePosition.End(), UploadOptions.DEFAULT)) {
            append.write(7 * MIB, ByteBuffer.wrap(new byte[5]));
            append.commit();
        }
        try (FileUpload change = files.change(path("/file"), WritePosition.FIRST_WRITE, UploadOptions.DEFAULT)) {
            change.write(100, ByteBuffer.wrap(new byte[] {1}));
            change.commit();
        }

        assertThat(told())
                .containsExactly(
                        "anna /file FTPS 127.0.0.1 home/file " + (7 * MIB + 5),
                        "anna /file FTPS 127.0.0.1 home/file " + (7 * MIB + 5));
    }

    @Test
    void whatStoresNoNewBytesIsNone() throws Exception {
        // The gateway's own use.
        upload(fileSystems.open(anna), "/file", 10);
        files.mkdir(path("/dir"));
        files.copy(path("/file"), path("/copy"), CreateMode.NEW);
        try (FileDownload source = files.open(path("/file"));
                FileUpload copy = files.create(path("/copied"), CreateMode.REPLACE)) {
            copy.copyFrom(source);
            copy.commit();
        }
        files.rename(path("/copy"), path("/dir/renamed"), RenameMode.KEEP_TARGET);
        files.setModified(path("/file"), Instant.EPOCH);
        try (FileUpload unchanged = files.change(path("/file"), new WritePosition.End(), UploadOptions.DEFAULT)) {
            unchanged.commit();
        }
        files.delete(path("/file"));

        assertThat(told()).isEmpty();
    }

    @Test
    void uploadsThatEndEarlyAreNone() throws Exception {
        try (FileUpload upload = files.create(path("/closed"), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(new byte[11 * MIB]));
        }
        try (FileUpload upload = files.create(path("/aborted"), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(new byte[10]));
            upload.abort();
        }
        try (FileUpload first = files.create(path("/new"), CreateMode.NEW);
                FileUpload second = files.create(path("/new"), CreateMode.NEW)) {
            second.commit();
            first.write(0, ByteBuffer.wrap(new byte[10]));
            assertThatThrownBy(first::commit).isInstanceOf(VfsException.class);
        }

        assertThat(told()).containsExactly("anna /new FTPS 127.0.0.1 home/new 0");
    }
}
