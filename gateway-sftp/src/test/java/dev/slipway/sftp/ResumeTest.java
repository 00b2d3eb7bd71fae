package dev.slipway.sftp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.store.Bytes;
import dev.slipway.sftp.files.Status;
import dev.slipway.sftp.subsystem.PacketType;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Interrupted uploads over SFTP, and how they resume. */
@S3Store
class ResumeTest {
    private static final int MIB = 1 << 20;
    private static final int KEPT = 10 * MIB;
    private static final byte[] OLD = Bytes.random(1, 1000);
    private static final byte[] CONTENT = Bytes.random(2, 12 * MIB);

    /** The flags of OpenSSH's {@code reput} and of other clients that resume. */
    private static final int RESUME = RawSftp.WRITE | RawSftp.CREATE;

    private final SftpGateway gateway;
    private RawSftp sftp;

    ResumeTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        gateway = SftpGateway.builder(bucket, folder).resuming().start();
    }

    @BeforeEach
    void connect() throws IOException {
        sftp = RawSftp.connect(gateway.port());
    }

    @AfterEach
    void close() throws IOException {
        sftp.close();
        gateway.close();
    }

    private void interrupt(byte[] content) throws Exception {
        try (RawSftp other = sftp.another()) {
            byte[] handle = other.open("/file", RawSftp.UPLOAD);
            other.write(handle, 0, content);
        }
        Patience.await("the upload to be over", () -> gateway.reservedForUploads() == 0);
    }

    private void assertSize(int type, long size) throws IOException {
        RawSftp.Answer answer = sftp.ask(type, "/file");
        assertThat(answer.type()).isEqualTo(PacketType.ATTRS);
        // Size, owner and permissions, but no times.
        assertThat(answer.uint32()).isEqualTo(0x1 | 0x2 | 0x4);
        assertThat(answer.fields().getLong()).isEqualTo(size);
        answer.fields().position(answer.fields().position() + 3 * Integer.BYTES);
        assertThat(answer.fields().hasRemaining()).isFalse();
    }

    @Test
    void anInterruptedUploadIsAnUnreadableFileWithoutTimes() throws Exception {
        gateway.put("/file", OLD);
        interrupt(CONTENT);

        assertSize(PacketType.STAT, KEPT);
        assertSize(PacketType.LSTAT, KEPT);
        assertThat(sftp.ask(PacketType.OPEN, "/file", RawSftp.READ, 0).message())
                .contains("interrupted upload of " + KEPT);
        assertThat(sftp.ask(PacketType.OPEN, "/file", RawSftp.WRITE | RawSftp.CREATE | RawSftp.EXCLUSIVE, 0)
                        .status())
                .isEqualTo(Status.FAILURE.code());
    }

    @Test
    void anOpenWithoutTruncationResumes() throws Exception {
        interrupt(CONTENT);
        for (int flags : new int[] {RESUME, RawSftp.WRITE, RESUME | RawSftp.APPEND}) {
            byte[] handle = sftp.open("/file", flags);
            RawSftp.Answer answer = sftp.ask(PacketType.FSTAT, handle);
            answer.uint32();
            assertThat(answer.fields().getLong()).isEqualTo(KEPT);
            sftp.write(handle, KEPT, Arrays.copyOfRange(CONTENT, KEPT, CONTENT.length));
            assertThat(sftp.ask(PacketType.CLOSE, handle).status()).isZero();
            assertThat(gateway.get("/file")).isEqualTo(CONTENT);
            interrupt(CONTENT);
        }
    }

    @Test
    void aClientNeedNotWaitForAnswers() throws Exception {
        interrupt(CONTENT);
        sftp.send(PacketType.OPEN, "/file", RESUME, 0);
        byte[] handle = {0, 0, 0, 1};
        int block = 32_768;
        int count = 0;
        for (int offset = KEPT; offset < CONTENT.length; offset += block) {
            sftp.send(PacketType.WRITE, handle, (long) offset, Arrays.copyOfRange(CONTENT, offset, offset + block));
            count++;
        }
        sftp.send(PacketType.CLOSE, handle);
        assertThat(sftp.receive().handle()).isEqualTo(handle);
        for (int i = 0; i <= count; i++) {
            assertThat(sftp.receive().status()).isZero();
        }
        assertThat(gateway.get("/file")).isEqualTo(CONTENT);
    }

    @Test
    void writingElsewhereIsRefusedAndChangesNothing() throws Exception {
        gateway.put("/file", OLD);
        interrupt(CONTENT);
        byte[] handle = sftp.open("/file", RESUME);
        assertThat(sftp.ask(PacketType.WRITE, handle, 0L, new byte[10]).status())
                .isEqualTo(Status.OP_UNSUPPORTED.code());
        assertThat(sftp.ask(PacketType.CLOSE, handle).status()).isNotZero();
        assertSize(PacketType.STAT, KEPT);
    }

    @Test
    void truncationAndRemovalDiscardAnInterruptedUpload() throws Exception {
        interrupt(CONTENT);
        byte[] handle = sftp.open("/file", RawSftp.UPLOAD);
        sftp.write(handle, 0, OLD);
        assertThat(sftp.ask(PacketType.CLOSE, handle).status()).isZero();
        assertThat(gateway.get("/file")).isEqualTo(OLD);

        interrupt(CONTENT);
        assertThat(sftp.ask(PacketType.REMOVE, "/file").status()).isZero();
        assertThat(sftp.ask(PacketType.STAT, "/file").status()).isEqualTo(Status.NO_SUCH_FILE.code());
    }
}
