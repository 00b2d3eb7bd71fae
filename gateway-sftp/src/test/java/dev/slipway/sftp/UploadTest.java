package dev.slipway.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.store.Bytes;
import dev.slipway.sftp.files.Status;
import dev.slipway.sftp.subsystem.PacketType;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When an upload becomes a file, and when it does not. */
@S3Store
class UploadTest {
    private final S3Bucket bucket;
    private final SftpGateway gateway;

    UploadTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        this.bucket = bucket;
        this.gateway = SftpGateway.builder(bucket, folder).partMemory(20L << 20).start();
    }

    private RawSftp sftp;

    @BeforeEach
    void connect() throws IOException {
        sftp = RawSftp.connect(gateway.port());
    }

    @AfterEach
    void close() throws IOException {
        sftp.close();
        gateway.close();
    }

    private void awaitNothingOpen() throws InterruptedException {
        Patience.await("all uploads to be over", () -> gateway.reservedForUploads() == 0);
    }

    @Test
    void closeIsAnsweredAfterTheStoreHasConfirmed() throws Exception {
        byte[] handle = sftp.open("/file", RawSftp.UPLOAD);
        sftp.write(handle, 0, Bytes.random(1, 100_000));
        HeldRequests held =
                gateway.network().hold(1, request -> request.method().equals("PUT"));

        sftp.send(PacketType.CLOSE, handle);
        sftp.flush();
        CompletableFuture<RawSftp.Answer> answer = CompletableFuture.supplyAsync(() -> {
            try {
                return sftp.receive();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        held.awaitArrival(Patience.LIMIT);

        assertThat(answer).isNotDone();
        assertThat(gateway.exists("/file")).isFalse();
        held.release();
        assertThat(answer.get(Patience.SECONDS, TimeUnit.SECONDS).status()).isZero();
        assertThat(gateway.get("/file")).isEqualTo(Bytes.random(1, 100_000));
    }

    @Test
    void aDroppedConnectionAbortsAndLeavesTheOldFile() throws Exception {
        gateway.put("/file", Bytes.random(1, 1000));
        byte[] handle = sftp.open("/file", RawSftp.UPLOAD);
        sftp.write(handle, 0, Bytes.random(2, 12 << 20));
        assertThat(gateway.pendingUploads(bucket, "file")).isOne();

        sftp.disconnect();

        awaitNothingOpen();
        assertThat(gateway.get("/file")).isEqualTo(Bytes.random(1, 1000));
        // The abort is sent in the background.
        Patience.await("the abort", () -> gateway.pendingUploads(bucket, "file") == 0);
    }

    private long size(String path) throws IOException {
        return sftp.ask(PacketType.STAT, path).fields().getLong(4);
    }

    /** rclone does so if reading its source fails. */
    @Test
    void anAbandonedHandleDoesNotAffectALaterUpload() throws Exception {
        byte[] handle = sftp.open("/file", RawSftp.UPLOAD);
        sftp.write(handle, 0, Bytes.random(1, 5120));
        assertThat(size("/file")).isEqualTo(5120);

        try (RawSftp other = sftp.another()) {
            byte[] again = other.open("/file", RawSftp.UPLOAD);
            other.write(again, 0, Bytes.random(2, 100));
            assertThat(other.ask(PacketType.CLOSE, (Object) again).status()).isZero();
        }

        assertThat(size("/file")).isEqualTo(100);
        assertThat(sftp.ask(PacketType.SETSTAT, "/file", 0x8, 7, 7).status()).isZero();
        assertThat(gateway.stat("/file").modified()).isEqualTo(Instant.ofEpochSecond(7));
        assertThat(sftp.ask(PacketType.FSTAT, (Object) handle).fields().getLong(4))
                .isEqualTo(5120);
    }

    @Test
    void anAbandonedHandleDoesNotRestoreADeletedFile() throws Exception {
        byte[] handle = sftp.open("/file", RawSftp.UPLOAD);
        sftp.write(handle, 0, Bytes.random(1, 5120));

        sftp.ask(PacketType.REMOVE, "/file");

        assertThat(sftp.ask(PacketType.STAT, "/file").status()).isEqualTo(Status.NO_SUCH_FILE.code());
    }

    @Test
    void theEndOfTheInputWithoutCloseAborts() throws Exception {
        byte[] handle = sftp.open("/file", RawSftp.UPLOAD);
        sftp.write(handle, 0, Bytes.random(1, 100_000));

        sftp.endOfInput();

        assertThat(sftp.atEnd()).isTrue();
        awaitNothingOpen();
        assertThat(gateway.exists("/file")).isFalse();
    }

    @Test
    void aClosedChannelAbortsAndTheSessionContinues() throws Exception {
        try (RawSftp other = sftp.another()) {
            byte[] handle = other.open("/file", RawSftp.UPLOAD);
            other.write(handle, 0, Bytes.random(1, 100_000));
        }

        awaitNothingOpen();
        assertThat(gateway.exists("/file")).isFalse();
        assertThat(sftp.ask(PacketType.STAT, "/").type()).isEqualTo(PacketType.ATTRS);
    }

    @Test
    void closeBeforeTheEndOfTheInputCommits() throws Exception {
        byte[] content = Bytes.random(1, 40 * 32_768);
        sftp.send(PacketType.OPEN, "/file", RawSftp.UPLOAD, 0);
        // Handles are numbered from 1: this client does not wait for the answer.
        byte[] handle = {0, 0, 0, 1};
        for (int i = 0; i < 40; i++) {
            sftp.send(PacketType.WRITE, handle, i * 32_768L, Arrays.copyOfRange(content, i * 32_768, (i + 1) * 32_768));
        }
        sftp.send(PacketType.CLOSE, handle);
        sftp.endOfInput();

        assertThat(sftp.receive().type()).isEqualTo(PacketType.HANDLE);
        for (int i = 0; i < 41; i++) {
            assertThat(sftp.receive().status()).isZero();
        }
        assertThat(gateway.get("/file")).isEqualTo(content);
    }

    @Test
    void aCommitInProgressIsCompletedWhenTheClientDisconnects() throws Exception {
        byte[] content = Bytes.random(1, 12 << 20);
        byte[] handle = sftp.open("/file", RawSftp.UPLOAD);
        sftp.write(handle, 0, content);
        HeldRequests held =
                gateway.network().hold(1, request -> request.method().equals("POST"));
        sftp.send(PacketType.CLOSE, handle);
        sftp.flush();
        held.awaitArrival(Patience.LIMIT);

        sftp.disconnect();
        Patience.await(
                "the disconnect",
                () -> gateway.network().openConnections() > 0 && !sftp.session().isOpen());
        held.release();

        awaitNothingOpen();
        assertThat(gateway.get("/file")).isEqualTo(content);
    }

    @Test
    void closingTheListenerWaitsForACommitInProgress() throws Exception {
        byte[] handle = sftp.open("/file", RawSftp.UPLOAD);
        sftp.write(handle, 0, Bytes.random(1, 1000));
        HeldRequests held =
                gateway.network().hold(1, request -> request.method().equals("PUT"));
        sftp.send(PacketType.CLOSE, handle);
        sftp.flush();
        held.awaitArrival(Patience.LIMIT);

        CompletableFuture<Void> closing = CompletableFuture.runAsync(gateway::closeListener);
        Patience.await("the session to be closed", () -> !sftp.session().isOpen());
        assertThat(closing).isNotDone();
        held.release();

        closing.get(Patience.SECONDS, TimeUnit.SECONDS);
        assertThat(gateway.get("/file")).isEqualTo(Bytes.random(1, 1000));
    }

    @RepeatedTest(5)
    void closingTheListenerAbortsUploadsWithoutWarnings() throws Exception {
        for (int i = 0; i < 3; i++) {
            RawSftp other = sftp.another();
            other.write(other.open("/file" + i, RawSftp.UPLOAD), 0, Bytes.random(i, 1000));
        }
        List<String> lines;
        try (CapturedLog log = new CapturedLog(Level.WARN)) {
            // Leftovers of a client that leaves at this moment must be cleaned up too.
            sftp.disconnect();
            gateway.closeListener();
            lines = log.lines();
        }

        assertThat(gateway.reservedForUploads()).isZero();
        assertThat(lines).isEmpty();
        assertThat(gateway.files().list(VirtualPath.ROOT).next(10)).isEmpty();
    }

    @Test
    void aCommitThatFailsIsTheStatusOfCloseAndLeavesTheOldFile() throws Exception {
        gateway.put("/file", Bytes.random(1, 1000));
        byte[] handle = sftp.open("/file", RawSftp.UPLOAD);
        sftp.write(handle, 0, Bytes.random(2, 1000));
        gateway.network()
                .fail(
                        request -> request.method().equals("PUT"),
                        new RequestFault.Respond(500, "<Error><Code>InternalError</Code></Error>"));

        RawSftp.Answer answer = sftp.ask(PacketType.CLOSE, handle);

        assertThat(answer.status()).isEqualTo(4);
        assertThat(answer.message()).isNotBlank();
        gateway.network().pass();
        assertThat(gateway.get("/file")).isEqualTo(Bytes.random(1, 1000));
        awaitNothingOpen();
    }

    @Test
    void closeFailsIfAWriteFailed() throws Exception {
        byte[] handle = sftp.open("/file", RawSftp.UPLOAD);
        sftp.write(handle, 0, Bytes.random(1, 1000));
        assertThat(sftp.ask(PacketType.WRITE, handle, 1L << 30, new byte[] {1}).status())
                .isZero();
        RawSftp.Answer refused = sftp.ask(PacketType.WRITE, handle, 0L, new byte[] {1});
        assertThat(refused.status()).isEqualTo(8);

        RawSftp.Answer answer = sftp.ask(PacketType.CLOSE, handle);

        assertThat(answer.status()).isEqualTo(8);
        assertThat(answer.message()).contains("not stored");
        assertThat(gateway.exists("/file")).isFalse();
        awaitNothingOpen();
    }

    @Test
    void aWriteTruncatedByTheEndOfTheInputIsNotAFile() throws Exception {
        byte[] handle = sftp.open("/file", RawSftp.UPLOAD);
        // A write of 8 bytes, of which 3 are sent.
        sftp.sendPart(5, PacketType.WRITE, handle, 0L, 8, ByteBuffer.allocate(3));

        sftp.endOfInput();

        assertThat(sftp.atEnd()).isTrue();
        awaitNothingOpen();
        assertThat(gateway.exists("/file")).isFalse();
    }

    @Test
    void outOfOrderWritesAreReordered() throws Exception {
        byte[] content = Bytes.random(1, 64 * 32_768);
        byte[] handle = sftp.open("/file", RawSftp.UPLOAD);
        for (int i = 63; i >= 0; i--) {
            byte[] block = Arrays.copyOfRange(content, i * 32_768, (i + 1) * 32_768);
            assertThat(sftp.ask(PacketType.WRITE, handle, i * 32_768L, block).status())
                    .isZero();
        }

        assertThat(sftp.ask(PacketType.CLOSE, handle).status()).isZero();
        assertThat(gateway.get("/file")).isEqualTo(content);
    }

    @Test
    void bytesThatWereNeverWrittenAreZeroes() throws Exception {
        byte[] content = new byte[10 * 1024 * 1024];
        byte[] handle = sftp.open("/file", RawSftp.UPLOAD);
        for (int offset : new int[] {4096, 9_000_000}) {
            content[offset] = 1;
            sftp.write(handle, offset, new byte[] {1});
        }
        assertThat(sftp.ask(PacketType.FSETSTAT, handle, 0x1, (long) content.length)
                        .status())
                .isZero();

        assertThat(sftp.ask(PacketType.CLOSE, handle).status()).isZero();
        assertThat(gateway.get("/file")).isEqualTo(content);
    }

    @Test
    void attributesOfAnOpenUploadAreSetByItsHandle() throws Exception {
        byte[] handle = sftp.open("/file", RawSftp.UPLOAD);
        sftp.write(handle, 0, Bytes.random(1, 1000));
        int seconds = 1_000_000_000;

        RawSftp.Answer during = sftp.ask(PacketType.FSTAT, handle);
        assertThat(during.type()).isEqualTo(PacketType.ATTRS);
        assertThat(during.fields().getLong(4)).isEqualTo(1000);
        assertThat(sftp.ask(PacketType.FSETSTAT, handle, 0x4 | 0x8, 0600, seconds, seconds)
                        .status())
                .isZero();
        assertThat(sftp.ask(PacketType.CLOSE, handle).status()).isZero();

        assertThat(gateway.stat("/file").modified()).isEqualTo(Instant.ofEpochSecond(seconds));
    }

    @Test
    void thePathOfAnOpenUploadMeansTheUploadToItsOwnChannelOnly() throws Exception {
        byte[] handle = sftp.open("/file", RawSftp.UPLOAD);
        sftp.write(handle, 0, Bytes.random(1, 1000));

        assertThat(sftp.ask(PacketType.LSTAT, "/file").fields().getLong(4)).isEqualTo(1000);
        assertThat(sftp.ask(PacketType.SETSTAT, "/file", 0x8, 5, 1_000_000_000).status())
                .isZero();
        try (RawSftp other = sftp.another()) {
            assertThat(other.ask(PacketType.STAT, "/file").status()).isEqualTo(2);
        }
        sftp.ask(PacketType.CLOSE, handle);
        assertThat(gateway.stat("/file").modified()).isEqualTo(Instant.ofEpochSecond(1_000_000_000));
    }

    @Test
    void unwrittenBytesOfAnExistingFileStay() throws Exception {
        byte[] content = Bytes.random(1, 1000);
        for (int flags : new int[] {RawSftp.WRITE, RawSftp.WRITE | RawSftp.READ, RawSftp.WRITE | RawSftp.CREATE}) {
            gateway.put("/file", content);
            byte[] handle = sftp.open("/file", flags);
            RawSftp.Answer before = sftp.ask(PacketType.FSTAT, handle);
            assertThat(before.fields().getLong(4)).isEqualTo(1000);
            sftp.write(handle, 10, new byte[20]);
            sftp.write(handle, 500, new byte[10]);
            assertThat(gateway.get("/file")).isEqualTo(content);
            assertThat(sftp.ask(PacketType.CLOSE, handle).status()).isZero();
            byte[] expected = content.clone();
            Arrays.fill(expected, 10, 30, (byte) 0);
            Arrays.fill(expected, 500, 510, (byte) 0);
            assertThat(gateway.get("/file")).isEqualTo(expected);
        }
        assertThat(sftp.ask(PacketType.OPEN, "/file", RawSftp.UPLOAD | RawSftp.EXCLUSIVE, 0)
                        .status())
                .isEqualTo(4);
        awaitNothingOpen();
    }

    /** Some clients count the bytes of the file, others those that they write. */
    @Test
    void appendedBytesGoToTheEndWhateverTheirOffset() throws Exception {
        byte[] content = Bytes.random(1, 50_000);
        for (int first : new int[] {1000, 0}) {
            for (int flags :
                    new int[] {RawSftp.WRITE | RawSftp.APPEND, RawSftp.WRITE | RawSftp.CREATE | RawSftp.APPEND}) {
                gateway.put("/file", Arrays.copyOf(content, 1000));
                byte[] handle = sftp.open("/file", flags);
                for (int at = 1000; at < content.length; at += 7000) {
                    sftp.write(handle, first + at - 1000, Arrays.copyOfRange(content, at, at + 7000));
                }
                assertThat(sftp.ask(PacketType.CLOSE, handle).status()).isZero();
                assertThat(gateway.get("/file")).isEqualTo(content);
            }
        }
        awaitNothingOpen();
    }

    @Test
    void theSizeOfAFileCanBeSet() throws Exception {
        byte[] content = Bytes.random(1, 1000);
        gateway.put("/file", content);
        for (long size : new long[] {1000, 400, 0, 300}) {
            assertThat(sftp.ask(PacketType.SETSTAT, "/file", 0x1, size).status())
                    .isZero();
            assertThat(gateway.stat("/file").size()).isEqualTo(size);
        }
        assertThat(gateway.get("/file")).isEqualTo(new byte[300]);
        assertThat(sftp.ask(PacketType.SETSTAT, "/file", 0x1, 1L << 40).status())
                .isEqualTo(4);
        assertThat(sftp.ask(PacketType.SETSTAT, "/missing", 0x1, 0L).status()).isEqualTo(2);

        gateway.put("/file", content);
        byte[] handle = sftp.open("/file", RawSftp.WRITE);
        assertThat(sftp.ask(PacketType.FSETSTAT, handle, 0x1, 500L).status()).isZero();
        assertThat(gateway.stat("/file").size()).isEqualTo(1000);
        assertThat(sftp.ask(PacketType.CLOSE, handle).status()).isZero();
        assertThat(gateway.get("/file")).isEqualTo(Arrays.copyOf(content, 500));

        // The size of an upload follows from its bytes.
        handle = sftp.open("/file", RawSftp.UPLOAD);
        sftp.write(handle, 0, content);
        assertThat(sftp.ask(PacketType.FSETSTAT, handle, 0x1, 1000L).status()).isZero();
        assertThat(sftp.ask(PacketType.FSETSTAT, handle, 0x1, 999L).status()).isEqualTo(8);
        assertThat(sftp.ask(PacketType.CLOSE, handle).status()).isZero();
        assertThat(gateway.get("/file")).isEqualTo(content);
        awaitNothingOpen();
    }

    @Test
    void aMissingFileIsCreatedIfTheFlagsAllowIt() throws Exception {
        int[] allowed = {
            RawSftp.WRITE | RawSftp.CREATE,
            RawSftp.WRITE | RawSftp.CREATE | RawSftp.APPEND,
            RawSftp.WRITE | RawSftp.READ | RawSftp.CREATE,
            RawSftp.UPLOAD | RawSftp.EXCLUSIVE
        };
        for (int flags : allowed) {
            String path = "/file" + flags;
            byte[] handle = sftp.open(path, flags);
            sftp.write(handle, 0, Bytes.random(flags, 1000));
            assertThat(sftp.ask(PacketType.CLOSE, handle).status()).isZero();
            assertThat(gateway.get(path)).isEqualTo(Bytes.random(flags, 1000));
        }
        assertThat(sftp.ask(PacketType.OPEN, "/missing", RawSftp.WRITE, 0).status())
                .isEqualTo(2);
        assertThat(sftp.ask(PacketType.OPEN, "/missing", RawSftp.WRITE | RawSftp.TRUNCATE, 0)
                        .status())
                .isEqualTo(2);
        assertThat(sftp.ask(PacketType.OPEN, "/nowhere/file", RawSftp.UPLOAD, 0).status())
                .isEqualTo(2);
    }

    @Test
    void anUploadIsNotReadWhileItIsWritten() throws Exception {
        byte[] handle = sftp.open("/file", RawSftp.UPLOAD | RawSftp.READ);
        assertThat(sftp.ask(PacketType.READ, handle, 0L, 10).status()).isEqualTo(8);
        assertThat(sftp.ask(PacketType.CLOSE, handle).status()).isZero();
        assertThat(gateway.stat("/file").size()).isZero();
    }

    @Test
    void theSizeOfAnUploadFollowsFromItsBytes() throws Exception {
        byte[] handle = sftp.open("/file", RawSftp.UPLOAD);
        assertThat(sftp.ask(PacketType.FSETSTAT, handle, 0x1, 0L).status()).isZero();
        sftp.write(handle, 0, Bytes.random(1, 1000));
        assertThat(sftp.ask(PacketType.FSETSTAT, handle, 0x1, 1000L).status()).isZero();
        assertThat(sftp.ask(PacketType.FSETSTAT, handle, 0x1, 10L).status()).isEqualTo(8);
        assertThat(sftp.ask(PacketType.CLOSE, handle).status()).isZero();
        assertThat(sftp.ask(PacketType.SETSTAT, "/file", 0x1, 1000L).status()).isZero();
        assertThat(gateway.get("/file")).isEqualTo(Bytes.random(1, 1000));
    }

    @Test
    void aChannelThatHoldsMemoryDoesNotWaitForMore() throws Exception {
        // Memory for four uploads, three for one account: the fourth would have to wait for this channel's own
        // requests.
        for (int i = 0; i < 3; i++) {
            sftp.open("/file" + i, RawSftp.UPLOAD);
        }
        long start = System.nanoTime();

        RawSftp.Answer answer = sftp.ask(PacketType.OPEN, "/file3", RawSftp.UPLOAD, 0);

        assertThat(answer.status()).isEqualTo(4);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
    }

    @Test
    void announcedButMissingBytesAreNotWaitedForForever() throws Exception {
        sftp.sendBytes(new byte[] {0x7f, 0, 0, 0, PacketType.WRITE, 0, 0, 0, 1});
        assertThatThrownBy(sftp::receive).isInstanceOf(IOException.class);
    }
}
