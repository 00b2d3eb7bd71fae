package dev.slipway.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.store.Bytes;
import dev.slipway.core.unit.DataSize;
import dev.slipway.sftp.subsystem.PacketType;
import dev.slipway.sftp.transport.WindowSize;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;
import org.apache.sshd.core.CoreModuleProperties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** How much may be in flight in either direction, and whose memory it uses. */
@S3Store
class FlowControlTest {
    private static final long MIB = 1 << 20;
    private static final int BLOCK = 261_120;
    private static final int READS = 241;

    @RegisterExtension
    private final SftpFixture fixture;

    FlowControlTest(S3Bucket bucket, @TempDir Path folder) {
        fixture = new SftpFixture(bucket, folder);
    }

    private SftpGateway gateway(long windowMemory) throws IOException {
        return fixture.gateway(SftpGateway.settings().set("windowMemory", new DataSize(windowMemory)));
    }

    private FaultProxy distance(SftpGateway gateway, Duration oneWay) throws IOException {
        FaultProxy proxy = fixture.closing(FaultProxy.tcp(gateway.port()));
        proxy.delay(oneWay);
        return proxy;
    }

    /** Uploads without waiting for the answers, as fast clients do. */
    private static void upload(RawSftp sftp, String path, int blocks) throws Exception {
        byte[] handle = sftp.open(path, RawSftp.UPLOAD);
        CompletableFuture<Void> answers = CompletableFuture.runAsync(() -> {
            try {
                for (int i = 0; i < blocks; i++) {
                    assertThat(sftp.receiveOnly().status()).isZero();
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        byte[] block = new byte[BLOCK];
        for (int i = 0; i < blocks; i++) {
            sftp.send(PacketType.WRITE, handle, (long) i * BLOCK, block);
        }
        sftp.flush();
        answers.get(Patience.SECONDS, TimeUnit.SECONDS);
        assertThat(sftp.ask(PacketType.CLOSE, (Object) handle).status()).isZero();
    }

    /** How much the client may send: all window adjustments minus the bytes sent. */
    private static long clientsWindow(RawSftp sftp) {
        return sftp.channel().getRemoteWindow().getSize();
    }

    /** At this distance it grows by 512 KiB each second; see {@link WindowSizeTest} for the details. */
    @Test
    void theWindowOfADistantClientGrowsWhileItUploads() throws Exception {
        SftpGateway gateway = gateway(128 * MIB);
        FaultProxy proxy = distance(gateway, Duration.ofMillis(250));
        RawSftp sftp = fixture.closing(RawSftp.connect(proxy.port()));
        assertThat(clientsWindow(sftp)).isLessThanOrEqualTo(WindowSize.INITIAL);

        upload(sftp, "/file", 20);

        long granted = gateway.windowMemory().granted();
        assertThat(granted).isBetween(2 * WindowSize.INITIAL, WindowSize.LARGEST);
        assertThat(clientsWindow(sftp)).isBetween(granted * 7 / 8 - BLOCK, granted);
        sftp.close();
        Patience.await(
                "the window's memory to be free", () -> gateway.windowMemory().granted() == 0);
    }

    @Test
    void theWindowOfAClientThatWaitsForEachAnswerDoesNotGrow() throws Exception {
        SftpGateway gateway = gateway(128 * MIB);
        FaultProxy proxy = distance(gateway, Duration.ofMillis(60));
        RawSftp sftp = fixture.closing(RawSftp.connect(proxy.port()));

        sftp.write(sftp.open("/file", RawSftp.UPLOAD), 0, new byte[1 << 20]);

        assertThat(gateway.windowMemory().granted()).isEqualTo(WindowSize.INITIAL);
    }

    @Test
    void grantedWindowsNeverExceedTheBudget() throws Exception {
        SftpGateway gateway = gateway(4 * MIB);
        FaultProxy proxy = distance(gateway, Duration.ofMillis(20));
        RawSftp first = fixture.closing(RawSftp.connect(proxy.port()));
        List<RawSftp> channels = new ArrayList<>(List.of(first));
        for (int i = 1; i < 6; i++) {
            channels.add(first.another());
        }
        List<CompletableFuture<Void>> uploads = new ArrayList<>();
        for (int i = 0; i < channels.size(); i++) {
            RawSftp sftp = channels.get(i);
            String path = "/file" + i;
            uploads.add(CompletableFuture.runAsync(() -> {
                try {
                    upload(sftp, path, 30);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        CompletableFuture<Void> all = CompletableFuture.allOf(uploads.toArray(CompletableFuture<?>[]::new));
        Patience.await("the uploads", () -> {
            assertThat(gateway.windowMemory().granted()).isBetween(6 * WindowSize.INITIAL, 2 * MIB);
            return all.isDone();
        });
        all.get();
        assertThat(channels.stream().mapToLong(FlowControlTest::clientsWindow).sum())
                .isLessThanOrEqualTo(gateway.windowMemory().granted());
    }

    @Test
    void ifWindowMemoryIsScarceChannelsGetLittleAndThenNone() throws Exception {
        SftpGateway gateway = fixture.gateway(
                SftpGateway.settings().set("windowMemory", new DataSize(MIB)).set("maxChannels", 100));
        RawSftp first = fixture.closing(RawSftp.connect(gateway.port()));
        RawSftp last = first.another();
        assertThat(gateway.windowMemory().granted()).isEqualTo(2 * WindowSize.INITIAL);
        for (int i = 0; i < 8; i++) {
            last = first.another();
        }
        assertThat(gateway.windowMemory().granted()).isEqualTo(MIB);
        assertThat(clientsWindow(last)).isLessThanOrEqualTo(WindowSize.SMALLEST);

        assertThatThrownBy(first::another)
                .cause()
                .isInstanceOfSatisfying(
                        SshChannelOpenException.class,
                        e -> assertThat(e.getReasonCode()).isEqualTo(SshConstants.SSH_OPEN_RESOURCE_SHORTAGE));

        byte[] content = Bytes.random(1, 3 << 20);
        byte[] handle = last.open("/file", RawSftp.UPLOAD);
        last.write(handle, 0, content);
        last.ask(PacketType.CLOSE, (Object) handle);
        assertThat(gateway.get("/file")).isEqualTo(content);
        last.close();
        Patience.await("a place to be free", () -> {
            try (RawSftp next = first.another()) {
                return next.ask(PacketType.STAT, "/").type() == PacketType.ATTRS;
            } catch (IOException e) {
                return false;
            }
        });
    }

    private static SshClient clientWithWindow(long bytes) {
        SshClient client = RawSftp.newClient();
        CoreModuleProperties.WINDOW_SIZE.set(client, bytes);
        return client;
    }

    @Test
    void aDownloadFillsTheWindowOfTheClient() throws Exception {
        SftpGateway gateway = gateway(128 * MIB);
        gateway.put("/file", new byte[64 * BLOCK]);
        FaultProxy proxy = distance(gateway, Duration.ofMillis(50));
        RawSftp sftp = fixture.closing(RawSftp.connect(clientWithWindow(16 * MIB), proxy.port()));
        byte[] handle = sftp.open("/file", RawSftp.READ);
        long before = proxy.bytesToClient();
        for (int i = 0; i < 64; i++) {
            sftp.send(PacketType.READ, handle, (long) i * BLOCK, BLOCK);
        }
        sftp.flush();

        // Nothing is read, so that the window is never reopened.
        Patience.await("as much as the client's window allows", () -> proxy.bytesToClient() - before >= 15 * MIB);
    }

    @Test
    void unreadDataIsNotQueuedWithoutLimit() throws Exception {
        SftpGateway gateway = gateway(128 * MIB);
        byte[] content = Bytes.random(1, READS * BLOCK - 1000);
        gateway.put("/file", content);
        RawSftp sftp = fixture.closing(RawSftp.connect(clientWithWindow(1L << 30), gateway.port()));
        byte[] handle = sftp.open("/file", RawSftp.READ);
        long before = gateway.network().bytesToClient();
        sftp.session().getIoSession().suspendRead();
        for (int i = 0; i < READS; i++) {
            sftp.send(PacketType.READ, handle, (long) i * BLOCK, BLOCK);
        }
        sftp.flush();

        awaitStandstill(gateway);

        // Kernel buffers on both sides, and bytes read ahead.
        assertThat(gateway.network().bytesToClient() - before).isLessThan(40 * MIB);
        sftp.session().getIoSession().resumeRead();
        for (int i = 0; i < READS; i++) {
            byte[] expected = Arrays.copyOfRange(content, i * BLOCK, Math.min(content.length, (i + 1) * BLOCK));
            assertThat(sftp.receiveOnly().bytes()).isEqualTo(expected);
        }
    }

    private static void awaitStandstill(SftpGateway gateway) throws InterruptedException {
        AtomicLong last = new AtomicLong(-1);
        AtomicLong since = new AtomicLong();
        Patience.await("the download to stand still", () -> {
            long now = gateway.network().bytesToClient();
            if (last.getAndSet(now) != now) {
                since.set(System.nanoTime());
            }
            return System.nanoTime() - since.get() > Duration.ofSeconds(2).toNanos();
        });
    }
}
