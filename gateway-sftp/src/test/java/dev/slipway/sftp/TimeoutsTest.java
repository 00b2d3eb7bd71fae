package dev.slipway.sftp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.store.Bytes;
import dev.slipway.sftp.subsystem.PacketType;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which idle clients are disconnected, and which are not. */
@S3Store
class TimeoutsTest {
    private static final int READS = 60;
    private static final int READ_BYTES = 261_120;

    private final S3Bucket bucket;
    private final Path folder;
    private @Nullable SftpGateway gateway;

    TimeoutsTest(S3Bucket bucket, @TempDir Path folder) {
        this.bucket = bucket;
        this.folder = folder;
    }

    private SftpGateway start(Duration idleTimeout) throws IOException {
        SftpGateway started = SftpGateway.builder(bucket, folder)
                .settings(SftpGateway.settings().set("idleTimeout", idleTimeout))
                .start();
        gateway = started;
        return started;
    }

    @AfterEach
    void close() throws IOException {
        if (gateway != null) {
            gateway.close();
        }
    }

    private static void awaitThatHasPassed(Duration time) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            long step = Math.min(end, System.nanoTime() + Duration.ofSeconds(10).toNanos());
            Patience.await("the passing of time", () -> System.nanoTime() > step);
        }
    }

    @Test
    void aSilentClientIsDisconnectedAndItsUploadAborted() throws Exception {
        SftpGateway started = start(Duration.ofSeconds(1));
        try (RawSftp sftp = RawSftp.connect(started.port())) {
            byte[] handle = sftp.open("/file", RawSftp.WRITE | RawSftp.CREATE);
            sftp.write(handle, 0, new byte[1000]);
            Patience.await("the session to be closed", () -> !sftp.session().isOpen());
            Patience.await("the upload to be over", () -> started.reservedForUploads() == 0);
        }
        assertThat(started.exists("/file")).isFalse();
    }

    @Test
    void aClientThatWaitsForTheGatewayIsNotIdle() throws Exception {
        SftpGateway started = start(Duration.ofSeconds(1));
        try (RawSftp sftp = RawSftp.connect(started.port())) {
            byte[] handle = sftp.open("/file", RawSftp.WRITE | RawSftp.CREATE);
            sftp.write(handle, 0, new byte[1000]);
            HeldRequests held =
                    started.network().hold(1, request -> request.method().equals("PUT"));
            sftp.send(PacketType.CLOSE, (Object) handle);
            sftp.flush();
            held.awaitArrival(RawSftp.TIMEOUT);
            awaitThatHasPassed(Duration.ofSeconds(4));
            held.release();

            assertThat(sftp.receive().status()).isZero();
        }
        assertThat(started.stat("/file").size()).isEqualTo(1000);
    }

    private static RawSftp stalledDownload(SftpGateway started) throws IOException {
        started.put("/file", Bytes.random(1, READS * READ_BYTES));
        RawSftp sftp = RawSftp.connect(started.port());
        byte[] handle = sftp.open("/file", RawSftp.READ);
        // Far more than the client's window, so that the answers are blocked.
        for (int i = 0; i < READS; i++) {
            sftp.send(PacketType.READ, handle, (long) i * READ_BYTES, READ_BYTES);
        }
        sftp.flush();
        return sftp;
    }

    @Test
    void aDownloadResumesAfterStallingForHalfAMinute() throws Exception {
        SftpGateway started = start(Duration.ofMinutes(5));
        try (RawSftp sftp = stalledDownload(started)) {
            // The library's own limit is 30 s.
            awaitThatHasPassed(Duration.ofSeconds(33));

            for (int i = 0; i < READS; i++) {
                assertThat(sftp.receive().bytes()).hasSize(READ_BYTES);
            }
        }
    }

    @Test
    void anUnreadDownloadEndsWithTheIdleTimeout() throws Exception {
        SftpGateway started = start(Duration.ofSeconds(2));
        try (RawSftp sftp = stalledDownload(started)) {
            Patience.await("the session to be closed", () -> !sftp.session().isOpen());
        }
    }
}
