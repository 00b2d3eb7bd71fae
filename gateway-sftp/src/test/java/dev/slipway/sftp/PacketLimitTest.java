package dev.slipway.sftp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.sftp.subsystem.PacketType;
import dev.slipway.sftp.transport.PacketSession;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.util.buffer.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The maximum size of clients' packets (RFC 4253 section 6.1). */
@S3Store
class PacketLimitTest {
    /** Including the length field. */
    private static final int LARGEST = Integer.BYTES + PacketSession.LARGEST_PACKET - PacketSession.LARGEST_PACKET % 8;

    private final S3Bucket bucket;
    private final Path folder;
    private SftpGateway gateway;

    PacketLimitTest(S3Bucket bucket, @TempDir Path folder) {
        this.bucket = bucket;
        this.folder = folder;
    }

    @BeforeEach
    void start() throws IOException {
        gateway = SftpGateway.builder(bucket, folder).start();
    }

    @AfterEach
    void close() throws IOException {
        gateway.close();
    }

    /** Before any of its bytes arrive. */
    @Test
    void aLargerPacketIsRefusedAsSoonAsItIsAnnounced() throws Exception {
        try (RawSsh client = RawSsh.connect(gateway.port())) {
            client.send(ByteBuffer.allocate(9)
                    .putInt(PacketSession.LARGEST_PACKET + 1)
                    .array());

            ByteBuffer answer = client.receiveAnswer();
            assertThat(answer.get()).isEqualTo(SshConstants.SSH_MSG_DISCONNECT);
            assertThat(answer.getInt()).isEqualTo(SshConstants.SSH2_DISCONNECT_PROTOCOL_ERROR);
        }
        Patience.await("the connection to be gone", () -> gateway.connections() == 0);
    }

    @Test
    void theLargestPacketIsAcceptedInPiecesAndWithLaterBytes() throws Exception {
        try (RawSsh client = RawSsh.connect(gateway.port())) {
            byte[] ignored = RawSsh.packet(SshConstants.SSH_MSG_IGNORE, LARGEST - Integer.BYTES);
            for (byte each : ignored) {
                client.send(new byte[] {each});
            }
            client.send(ignored, RawSsh.keyExchangeInit(), RawSsh.publicKey());

            assertThat(client.receiveAnswer().get()).isEqualTo(SshConstants.SSH_MSG_KEXDH_REPLY);
            assertThat(client.receiveAnswer().get()).isEqualTo(SshConstants.SSH_MSG_NEWKEYS);
        }
    }

    private static void ignore(RawSftp client, int length) throws IOException {
        Buffer message = client.session().createBuffer(SshConstants.SSH_MSG_IGNORE, length);
        message.putBytes(new byte[length]);
        client.session().writePacket(message);
    }

    @Test
    void theLimitAppliesToLoggedInClientsToo() throws Exception {
        try (RawSftp client = RawSftp.connect(gateway.port())) {
            ignore(client, 34_000);
            assertThat(client.ask(PacketType.STAT, "/").type()).isEqualTo(PacketType.ATTRS);

            ignore(client, 36_000);
            Patience.await("the connection to be gone", () -> gateway.connections() == 0);
        }
    }
}
