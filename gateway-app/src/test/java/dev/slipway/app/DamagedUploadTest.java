package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.sftp.OpenMode;
import net.schmizz.sshj.sftp.RemoteFile;
import net.schmizz.sshj.sftp.SFTPClient;
import net.schmizz.sshj.transport.verification.PromiscuousVerifier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Uploads whose bytes are damaged on their way to the store, which refuses them because of their checksum. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DamagedUploadTest {
    private static final int MIB = 1 << 20;
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int SIZE = 24 * MIB;

    /** How often the gateway sends a part in all. */
    private static final int ATTEMPTS = 3;

    private static final byte[] CONTENT = Bytes.random(3, SIZE);

    @TempDir
    private Path directory;

    private FaultProxy network;
    private BucketView stored;
    private Gateway gateway;
    private ListenPorts ports;
    private Path file;

    @BeforeEach
    void start(S3Bucket bucket) throws Exception {
        network = FaultProxy.http(bucket.endpoint().uri());
        stored = new BucketView(bucket);
        gateway = RunningGateway.builder(network.uri(), bucket, directory)
                .set("accounts[0].resume", "stat")
                .start();
        assertThat(gateway.awaitReady(LIMIT)).isTrue();
        ports = ListenPorts.of(gateway);
        file = Files.write(directory.resolve("file"), CONTENT);
    }

    @AfterEach
    void stop() throws IOException {
        gateway.close();
        stored.close();
        network.close();
    }

    private static boolean isPart(HttpRequest request, int number) {
        return request.method().equals("PUT")
                && request.hasParameter("partNumber")
                && request.target().matches(".*[?&]partNumber=" + number + "(&.*)?");
    }

    @ParameterizedTest
    @EnumSource(names = {"EXPLICIT_FTPS", "SFTP"})
    void damagedBytesAreSentAgain(Protocol protocol) throws Exception {
        Path small = Files.write(directory.resolve("small"), Bytes.random(5, 1000));
        network.failNext(2, request -> isPart(request, 2), new RequestFault.Damage(MIB));
        network.failNext(2, request -> request.path().endsWith("/small"), new RequestFault.Damage(500));

        protocol.upload(ports, file, "large", Protocol.UNLIMITED).run(LIMIT).assertSuccess();
        protocol.upload(ports, small, "small", Protocol.UNLIMITED).run(LIMIT).assertSuccess();

        assertThat(stored.get("large")).isEqualTo(CONTENT);
        assertThat(stored.get("small")).isEqualTo(Files.readAllBytes(small));
        RunningGateway.awaitNoMemoryInUse(gateway);
    }

    /** The old file is shorter, so that its client would resume after it. */
    @ParameterizedTest
    @EnumSource
    void resumingAfterARefusalCompletesTheNewFile(Resumer client) throws Exception {
        byte[] old = Bytes.random(1, 17 * MIB);
        stored.put("old", old);
        network.failNext(ATTEMPTS, request -> isPart(request, 3), new RequestFault.Damage(MIB));

        ClientResult refused =
                client.upload(ports, file, "old", Protocol.UNLIMITED).run(LIMIT);
        assertThat(network.requests().stream().filter(request -> isPart(request, 3)))
                .hasSizeGreaterThanOrEqualTo(ATTEMPTS);
        // lftp retries automatically.
        if (refused.exitCode() != 0) {
            assertThat(stored.get("old")).isEqualTo(old);
            client.resume(ports, file, "old", Protocol.UNLIMITED).run(LIMIT).assertSuccess();
        }

        assertThat(stored.get("old")).isEqualTo(CONTENT);
        assertThat(stored.pendingUploads("old")).isEmpty();
        RunningGateway.awaitNoMemoryInUse(gateway);
    }

    /** The previous file is longer than all that was sent: a wrong restart offset would lie within it. */
    @Test
    void inTheSameSessionTheRefusedUploadHasTheSizeThatCanBeResumed() throws Exception {
        stored.put("old", Bytes.random(1, 30 * MIB));
        network.fail(request -> isPart(request, 3), new RequestFault.Damage(MIB));
        try (SSHClient ssh = new SSHClient()) {
            ssh.addHostKeyVerifier(new PromiscuousVerifier());
            ssh.connect("127.0.0.1", ports.ssh());
            ssh.authPassword(Protocol.USER, Protocol.PASSWORD);
            try (SFTPClient sftp = ssh.newSFTPClient()) {
                RemoteFile refused = sftp.open("old", EnumSet.of(OpenMode.WRITE, OpenMode.CREAT, OpenMode.TRUNC));
                assertThatThrownBy(() -> write(refused, 0)).isInstanceOf(IOException.class);

                assertThatThrownBy(refused::fetchAttributes).isInstanceOf(IOException.class);
                long size = sftp.stat("old").getSize();
                assertThat(size).isEqualTo(10L * MIB);
                assertThatThrownBy(refused::close).isInstanceOf(IOException.class);
                assertThat(sftp.stat("old").getSize()).isEqualTo(size);

                network.pass();
                try (RemoteFile resumed = sftp.open("old", EnumSet.of(OpenMode.WRITE, OpenMode.CREAT))) {
                    write(resumed, size);
                }
                assertThat(sftp.stat("old").getSize()).isEqualTo(SIZE);
            }
        }
        assertThat(stored.get("old")).isEqualTo(CONTENT);
    }

    private static void write(RemoteFile file, long from) throws IOException {
        for (long at = from; at < SIZE; at += 32768) {
            file.write(at, CONTENT, (int) at, 32768);
        }
    }

    /** Without resume, the client gets an error, and the path shows the stored file. */
    @Test
    void withoutResumeTheOldFileIsLeft(S3Bucket bucket) throws Exception {
        byte[] old = Bytes.random(1, 1000);
        stored.put("old", old);
        network.fail(request -> isPart(request, 3), new RequestFault.Damage(MIB));
        try (Gateway other = RunningGateway.builder(network.uri(), bucket, directory.resolve("other"))
                .start()) {
            assertThat(other.awaitReady(LIMIT)).isTrue();
            for (Protocol protocol : List.of(Protocol.EXPLICIT_FTPS, Protocol.SFTP)) {
                protocol.upload(ListenPorts.of(other), file, "old", Protocol.UNLIMITED)
                        .run(LIMIT)
                        .assertFailure();
            }
            Patience.await(
                    "the uploads are aborted",
                    () -> stored.pendingUploads("old").isEmpty());
            RunningGateway.awaitNoMemoryInUse(other);
        }
        assertThat(stored.get("old")).isEqualTo(old);
    }
}
