package dev.slipway.sftp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.VirtualPath;
import dev.slipway.sftp.files.Status;
import dev.slipway.sftp.subsystem.PacketType;
import dev.slipway.sftp.subsystem.SftpChannel;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.core.CoreModuleProperties;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** How much memory a logged-in client can use, and what answers it gets beyond the limits. */
@S3Store
class HostileClientTest {
    private static final int BLOCK = 32 * 1024;

    @RegisterExtension
    private final SftpFixture fixture;

    HostileClientTest(S3Bucket bucket, @TempDir Path folder) {
        fixture = new SftpFixture(bucket, folder);
    }

    /** Writes blocks from the second one on; returns the first refusal, or null. */
    private static RawSftp.@Nullable Answer writeEarly(RawSftp sftp, byte[] handle, int blocks) throws IOException {
        for (int i = 1; i <= blocks; i++) {
            RawSftp.Answer answer = sftp.ask(PacketType.WRITE, handle, (long) i * BLOCK, new byte[BLOCK]);
            if (answer.status() != 0) {
                return answer;
            }
        }
        return null;
    }

    @Test
    void earlyBlocksAreRefusedAsBusyWhenTheirMemoryIsInUse() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings());
        RawSftp sftp = fixture.closing(RawSftp.connect(gateway.port()));
        byte[] first = sftp.open("/first", RawSftp.UPLOAD);
        byte[] second = sftp.open("/second", RawSftp.UPLOAD);
        byte[] third = sftp.open("/third", RawSftp.UPLOAD);

        assertThat(writeEarly(sftp, first, 100)).isNull();
        RawSftp.Answer refused = writeEarly(sftp, second, 100);

        assertThat(refused).isNotNull();
        assertThat(refused.message()).contains("out-of-order blocks is in use");
        assertThat(sftp.ask(PacketType.CLOSE, (Object) second).status()).isNotZero();
        assertThat(gateway.exists("/second")).isFalse();
        assertThat(gateway.memory().earlyBlocks().reservedBytes())
                .isPositive()
                .isLessThanOrEqualTo(gateway.memory().earlyBlocks().budgetBytes() / 2);
        // Clients that write in order are not affected, and held blocks are stored.
        sftp.write(third, 0, new byte[3 * BLOCK]);
        assertThat(sftp.ask(PacketType.CLOSE, (Object) third).status()).isZero();
        sftp.write(first, 0, new byte[BLOCK]);
        assertThat(sftp.ask(PacketType.CLOSE, (Object) first).status()).isZero();
        assertThat(gateway.stat("/first").size()).isEqualTo(101L * BLOCK);
        assertThat(gateway.memory().earlyBlocks().reservedBytes()).isZero();
        assertThat(gateway.memory().earlyBlocks().usedBytes()).isZero();
    }

    @Test
    void interruptedUploadsReturnTheMemoryOfEarlyBlocks() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings());
        RawSftp sftp = fixture.closing(RawSftp.connect(gateway.port()));
        assertThat(writeEarly(sftp, sftp.open("/file", RawSftp.UPLOAD), 10)).isNull();
        assertThat(gateway.memory().earlyBlocks().usedBytes()).isPositive();

        sftp.disconnect();

        Patience.await(
                "the memory of early blocks",
                () -> gateway.memory().earlyBlocks().reservedBytes() == 0
                        && gateway.memory().earlyBlocks().usedBytes() == 0);
    }

    @Test
    void openDirectoriesStayWithinTheirBudget() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings());
        gateway.files().mkdir(VirtualPath.parse("/directory"));
        gateway.put("/directory/file", new byte[0]);
        RawSftp sftp = fixture.closing(RawSftp.connect(gateway.port()));
        List<byte[]> handles = new ArrayList<>();
        RawSftp.Answer answer = sftp.ask(PacketType.OPENDIR, "/directory");
        while (answer.type() == PacketType.HANDLE && handles.size() < 200) {
            handles.add(answer.handle());
            answer = sftp.ask(PacketType.OPENDIR, "/directory");
        }

        assertThat(handles).hasSizeLessThan(200);
        assertThat(answer.message()).contains("memory for transfers is in use");
        assertThat(gateway.memory().listings().reservedBytes())
                .isLessThanOrEqualTo(gateway.memory().listings().budgetBytes() / 2);
        // A directory that is read to its end frees memory.
        while (sftp.ask(PacketType.READDIR, (Object) handles.getFirst()).type() == PacketType.NAME) {
            // Read to the end.
        }
        assertThat(sftp.ask(PacketType.OPENDIR, "/directory").handle()).isNotEmpty();
        sftp.disconnect();
        Patience.await(
                "the memory of listings", () -> gateway.memory().listings().reservedBytes() == 0);
    }

    @Test
    void openFilesAreLimitedOverAllSessions() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings().set("maxTotalOpenHandles", 3));
        gateway.files().mkdir(VirtualPath.parse("/directory"));
        gateway.put("/directory/file", new byte[0]);
        RawSftp one = fixture.closing(RawSftp.connect(gateway.port()));
        RawSftp other = fixture.closing(RawSftp.connect(gateway.port()));
        one.ask(PacketType.OPENDIR, "/directory").handle();
        one.ask(PacketType.OPENDIR, "/directory").handle();
        other.ask(PacketType.OPENDIR, "/directory").handle();

        assertThat(other.ask(PacketType.OPENDIR, "/directory").message()).contains("on this server");

        one.disconnect();
        Patience.await("the handles of the other session", () -> gateway.openHandles() == 1);
        assertThat(other.ask(PacketType.OPENDIR, "/directory").handle()).isNotEmpty();
    }

    @Test
    void anOversizedRequestIsRefusedAndTheNextOneServed() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings());
        RawSftp sftp = fixture.closing(RawSftp.connect(gateway.port()));

        RawSftp.Answer refused = sftp.ask(PacketType.STAT, "/", ByteBuffer.allocate(200_000));

        assertThat(refused.status()).isEqualTo(Status.BAD_MESSAGE.code());
        assertThat(refused.message()).contains("34000");
        assertThat(sftp.ask(PacketType.STAT, "/").type()).isEqualTo(PacketType.ATTRS);
    }

    /** Otherwise the library would buffer data until it has a packet of that size. */
    @Test
    void largeAnnouncedPacketSizesDoNotTakeMemory() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings());
        gateway.put("/file", new byte[1 << 20]);
        SshClient client = RawSftp.newClient();
        CoreModuleProperties.MAX_PACKET_SIZE.set(client, 64L << 20);
        CoreModuleProperties.WINDOW_SIZE.set(client, 256L << 20);
        RawSftp sftp = fixture.closing(RawSftp.connect(client, gateway.port()));
        byte[] handle = sftp.open("/file", RawSftp.READ);

        for (int i = 0; i < 4; i++) {
            sftp.send(PacketType.READ, handle, (long) i * SftpChannel.MAX_DATA, SftpChannel.MAX_DATA);
        }

        for (int i = 0; i < 4; i++) {
            assertThat(sftp.receive().bytes()).hasSize(SftpChannel.MAX_DATA);
        }
    }

    @Test
    void aClosedChannelCountsUntilItsRequestHasEnded() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings());
        gateway.put("/file", new byte[1000]);
        RawSftp first = fixture.closing(RawSftp.connect(gateway.port()));
        long ofOne = gateway.windowMemory().granted();
        RawSftp second = first.another();
        HeldRequests held = gateway.network().hold(1, request -> request.path().endsWith("/file"));
        second.send(PacketType.STAT, "/file");
        second.flush();
        held.awaitArrival(RawSftp.TIMEOUT);

        second.channel().close(false).await(RawSftp.TIMEOUT);
        assertThat(first.ask(PacketType.REALPATH, "/").type()).isEqualTo(PacketType.NAME);

        assertThat(gateway.windowMemory().granted()).isGreaterThan(ofOne);
        held.release();
        Patience.await(
                "the memory of the closed channel", () -> gateway.windowMemory().granted() == ofOne);
    }
}
