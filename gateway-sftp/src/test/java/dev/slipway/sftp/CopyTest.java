package dev.slipway.sftp;

import static dev.slipway.sftp.RealClients.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.store.Bytes;
import dev.slipway.sftp.files.Status;
import dev.slipway.sftp.subsystem.PacketType;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies that a client requests from the server. */
@S3Store
class CopyTest {
    private static final byte[] CONTENT = Bytes.random(1, 9 << 20);
    private static final ByteBuffer NO = ByteBuffer.wrap(new byte[] {0});
    private static final ByteBuffer YES = ByteBuffer.wrap(new byte[] {1});

    private final SftpGateway gateway;
    private final RealClients clients;

    CopyTest(S3Bucket bucket, @TempDir Path folder) throws Exception {
        UserKey key = UserKey.create(folder);
        this.gateway = SftpGateway.builder(bucket, folder).keys(key.publicKey()).start();
        this.clients = new RealClients(folder, key, gateway.port());
    }

    @AfterEach
    void close() throws IOException {
        gateway.close();
    }

    private static int copyData(RawSftp sftp, byte[] from, long offset, long length, byte[] to, long targetOffset)
            throws IOException {
        return sftp.ask(PacketType.EXTENDED, "copy-data", from, offset, length, to, targetOffset)
                .status();
    }

    @Test
    void opensshCopiesOnTheStoresSide() throws Exception {
        gateway.put("/file", CONTENT);
        Instant time = Instant.ofEpochSecond(1_000_000_000);
        gateway.files().setModified(VirtualPath.parse("/file"), time);
        gateway.put("/old", new byte[10]);
        long before = gateway.network().bytesToClient();

        clients.sftp("cp file copy\nmkdir d\ncp file d/other\ncp file old")
                .run(TIME)
                .assertSuccess();

        // Opening a file fetches its first bytes.
        assertThat(gateway.network().bytesToClient() - before).isLessThan(CONTENT.length);
        for (String copy : new String[] {"/copy", "/d/other", "/old"}) {
            assertThat(gateway.get(copy)).isEqualTo(CONTENT);
            assertThat(gateway.stat(copy).modified()).isEqualTo(time);
        }
        assertThat(gateway.reservedForUploads()).isZero();

        clients.sftp("cp file file").run(TIME).assertFailure();
        clients.sftp("cp missing copy").run(TIME).assertFailure();
        clients.sftp("cp file missing/copy").run(TIME).assertFailure();
        assertThat(gateway.get("/file")).isEqualTo(CONTENT);
        assertThat(gateway.get("/copy")).isEqualTo(CONTENT);
    }

    @Test
    void aCopyAppearsWhenItIsClosed() throws Exception {
        gateway.put("/file", CONTENT);
        try (RawSftp sftp = RawSftp.connect(gateway.port())) {
            byte[] from = sftp.open("/file", RawSftp.READ);
            byte[] to = sftp.open("/copy", RawSftp.UPLOAD);
            assertThat(copyData(sftp, from, 0, 0, to, 0)).isZero();
            assertThat(sftp.ask(PacketType.FSTAT, (Object) to).fields().getLong(4))
                    .isEqualTo(CONTENT.length);
            assertThat(gateway.exists("/copy")).isFalse();
            sftp.ask(PacketType.CLOSE, (Object) from);
            assertThat(sftp.ask(PacketType.FSETSTAT, to, 0x8, 7, 7).status()).isZero();

            assertThat(sftp.ask(PacketType.CLOSE, (Object) to).status()).isZero();

            assertThat(gateway.get("/copy")).isEqualTo(CONTENT);
            assertThat(gateway.stat("/copy").modified().getEpochSecond()).isEqualTo(7);

            from = sftp.open("/file", RawSftp.READ);
            to = sftp.open("/cut", RawSftp.UPLOAD);
            assertThat(copyData(sftp, from, 0, 0, to, 0)).isZero();
            sftp.disconnect();
        }
        Patience.await("the session to end", () -> gateway.sessions().list().isEmpty());
        assertThat(gateway.exists("/cut")).isFalse();
    }

    @Test
    void partsOfFilesAreReadAndWritten() throws Exception {
        gateway.put("/file", CONTENT);
        gateway.put("/other", Bytes.random(2, 1000));
        try (RawSftp sftp = RawSftp.connect(gateway.port())) {
            byte[] file = sftp.open("/file", RawSftp.READ);
            byte[] other = sftp.open("/other", RawSftp.READ);
            byte[] to = sftp.open("/joined", RawSftp.UPLOAD);
            assertThat(copyData(sftp, file, 1000, 5_000_000, to, 0)).isZero();
            assertThat(copyData(sftp, other, 0, 0, to, 5_000_000)).isZero();
            sftp.write(to, 5_001_000, new byte[] {1, 2, 3});
            assertThat(sftp.ask(PacketType.CLOSE, (Object) to).status()).isZero();
        }
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        expected.writeBytes(Arrays.copyOfRange(CONTENT, 1000, 5_001_000));
        expected.writeBytes(Bytes.random(2, 1000));
        expected.writeBytes(new byte[] {1, 2, 3});
        assertThat(gateway.get("/joined")).isEqualTo(expected.toByteArray());
    }

    @Test
    void bytesAreCopiedToAnEmptyFileOpenedForAppending() throws Exception {
        gateway.put("/file", CONTENT);
        gateway.put("/empty", new byte[0]);
        try (RawSftp sftp = RawSftp.connect(gateway.port())) {
            byte[] file = sftp.open("/file", RawSftp.READ);
            byte[] to = sftp.open("/empty", RawSftp.WRITE | RawSftp.APPEND);
            assertThat(copyData(sftp, file, 0, 0, to, 0)).isZero();
            assertThat(sftp.ask(PacketType.CLOSE, (Object) to).status()).isZero();
        }
        assertThat(gateway.get("/empty")).isEqualTo(CONTENT);
    }

    @Test
    void aCopyThatFailedIsNotStored() throws Exception {
        gateway.put("/file", CONTENT);
        gateway.put("/target", new byte[] {1});
        try (RawSftp sftp = RawSftp.connect(gateway.port())) {
            byte[] file = sftp.open("/file", RawSftp.READ);
            byte[] target = sftp.open("/target", RawSftp.UPLOAD);
            assertThat(copyData(sftp, file, 0, CONTENT.length + 1, target, 0)).isEqualTo(Status.EOF.code());
            assertThat(sftp.ask(PacketType.CLOSE, (Object) target).status()).isEqualTo(Status.FAILURE.code());

            target = sftp.open("/target", RawSftp.UPLOAD);
            assertThat(copyData(sftp, file, 0, 0, target, 0)).isZero();
            gateway.put("/file", new byte[] {2});
            assertThat(sftp.ask(PacketType.CLOSE, (Object) target).status()).isEqualTo(Status.FAILURE.code());

            assertThat(copyData(sftp, file, 0, 0, file, 0)).isEqualTo(Status.PERMISSION_DENIED.code());
        }
        assertThat(gateway.get("/target")).containsExactly(1);
    }

    @Test
    void copyFileReplacesAFileOnlyOnRequest() throws Exception {
        gateway.put("/file", CONTENT);
        gateway.put("/there", new byte[] {1});
        try (RawSftp sftp = RawSftp.connect(gateway.port())) {
            assertThat(sftp.ask(PacketType.EXTENDED, "copy-file", "file", "copy", NO.slice())
                            .status())
                    .isZero();
            assertThat(gateway.get("/copy")).isEqualTo(CONTENT);
            assertThat(sftp.ask(PacketType.EXTENDED, "copy-file", "file", "there", NO.slice())
                            .status())
                    .isEqualTo(Status.FAILURE.code());
            assertThat(gateway.get("/there")).containsExactly(1);
            assertThat(sftp.ask(PacketType.EXTENDED, "copy-file", "file", "there", YES.slice())
                            .status())
                    .isZero();
            assertThat(gateway.get("/there")).isEqualTo(CONTENT);
            assertThat(sftp.ask(PacketType.EXTENDED, "copy-file", "none", "there", YES.slice())
                            .status())
                    .isEqualTo(Status.NO_SUCH_FILE.code());
        }
    }

    @Test
    void aLongCopyDoesNotHoldUpOtherRequests() throws Exception {
        gateway.put("/file", CONTENT);
        try (RawSftp sftp = RawSftp.connect(gateway.port())) {
            HeldRequests held = gateway.network()
                    .hold(
                            1,
                            request -> request.method().equals("PUT")
                                    && request.path().endsWith("/copy"));
            int copy = sftp.send(PacketType.EXTENDED, "copy-file", "file", "copy", NO.slice());
            sftp.flush();
            held.awaitArrival(RawSftp.TIMEOUT);
            assertThat(sftp.ask(PacketType.STAT, "/file").type()).isEqualTo(PacketType.ATTRS);
            held.release();
            RawSftp.Answer answer = sftp.receive();
            assertThat(answer.id()).isEqualTo(copy);
            assertThat(answer.status()).isZero();
        }
    }
}
