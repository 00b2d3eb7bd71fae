package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.session.ClientSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An account that takes as much memory as it can and does not use it does not block other accounts. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FairMemoryTest {
    private static final int MIB = 1 << 20;
    private static final int MORE_THAN_FIT = 60;

    @TempDir
    private Path directory;

    private Gateway gateway(S3Bucket bucket) throws Exception {
        Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                .account("greedy", "secret-of-greedy")
                .start();
        assertThat(gateway.awaitReady(Patience.LIMIT)).isTrue();
        return gateway;
    }

    private static ClientSession loginAsGreedy(SshClient client, Gateway gateway) throws Exception {
        return HostileSftp.login(client, gateway.sftpPort().orElseThrow(), "greedy", "secret-of-greedy");
    }

    @Test
    void idleUploadsLeaveMemoryForOthers(S3Bucket bucket) throws Exception {
        Path file = Files.write(directory.resolve("file"), Bytes.random(1, 12 * MIB));
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = gateway(bucket)) {
            try (SshClient client = HostileSftp.client(MIB, 32 * 1024);
                    ClientSession session = loginAsGreedy(client, gateway)) {
                HostileSftp sftp = HostileSftp.open(session).readAnswers();
                for (int i = 1; i <= MORE_THAN_FIT; i++) {
                    sftp.send(HostileSftp.OPEN, "greedy-" + i, HostileSftp.FOR_WRITING, 0);
                    // Out of order: the beginning of the file never arrives.
                    sftp.send(HostileSftp.WRITE, HostileSftp.handle(i), 32768L, new byte[1024]);
                }
                sftp.flush();
                Patience.await("it has all that it gets", sftp::isAnswered);

                for (Protocol protocol : Protocol.values()) {
                    protocol.upload(ListenPorts.of(gateway), file, "by-" + protocol, Protocol.UNLIMITED)
                            .run(Patience.LIMIT)
                            .assertSuccess();
                    assertThat(stored.get("by-" + protocol)).isEqualTo(Files.readAllBytes(file));
                }
                assertThat(gateway.uploadMemory().largestAccountBytes()).isGreaterThan(32 * MIB);
            }
            RunningGateway.awaitNoMemoryInUse(gateway);
        }
    }

    @Test
    void idleDownloadsLeaveMemoryForOthers(S3Bucket bucket) throws Exception {
        byte[] content = Bytes.random(1, 3 * MIB);
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = gateway(bucket)) {
            stored.put("file", content);
            try (SshClient client = HostileSftp.client(MIB, 32 * 1024);
                    ClientSession session = loginAsGreedy(client, gateway)) {
                HostileSftp sftp = HostileSftp.open(session).readAnswers();
                for (int i = 1; i <= MORE_THAN_FIT; i++) {
                    sftp.send(HostileSftp.OPEN, "file", HostileSftp.FOR_READING, 0);
                    sftp.send(HostileSftp.READ, HostileSftp.handle(i), 0L, 1);
                }
                sftp.flush();
                Patience.await(
                        "it asks for more than it gets",
                        () -> gateway.downloadMemory().waiting() > 0);

                for (Protocol protocol : Protocol.values()) {
                    Path back = directory.resolve("back-by-" + protocol);
                    protocol.download(ListenPorts.of(gateway), "file", back)
                            .run(Patience.LIMIT)
                            .assertSuccess();
                    assertThat(back).hasBinaryContent(content);
                }
            }
            RunningGateway.awaitNoMemoryInUse(gateway);
        }
    }
}
