package dev.slipway.sftp;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.sshd.common.SshConstants;

/** An SSH client that sends arbitrary messages before the key exchange. */
final class RawSsh implements AutoCloseable {
    static final String KEY_EXCHANGE = "curve25519-sha256";

    private final Socket socket;
    private final DataInputStream in;

    private RawSsh(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(socket.getInputStream());
    }

    /** Connects, and exchanges versions. */
    static RawSsh connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) RawSftp.TIMEOUT.toMillis());
        RawSsh result = new RawSsh(socket);
        result.send("SSH-2.0-Raw\r\n".getBytes(StandardCharsets.US_ASCII));
        while (result.in.read() != '\n') {
            // the server's version
        }
        return result;
    }

    void send(byte[]... parts) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.write(part);
        }
        socket.getOutputStream().write(all.toByteArray());
    }

    /** An unencrypted packet (RFC 4253 section 6). */
    static byte[] packet(byte[] payload) {
        int padding = 4 + (8 - (payload.length + 9) % 8) % 8;
        return ByteBuffer.allocate(5 + payload.length + padding)
                .putInt(1 + payload.length + padding)
                .put((byte) padding)
                .put(payload)
                .array();
    }

    /** A message of zeros, in a packet of this size. */
    static byte[] packet(byte message, int size) {
        return packet(ByteBuffer.allocate(size - 9).put(message).array());
    }

    /** The first message of a key exchange. */
    static byte[] keyExchangeInit() throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(message);
        data.writeByte(SshConstants.SSH_MSG_KEXINIT);
        data.write(new byte[16]);
        for (String names : new String[] {
            KEY_EXCHANGE,
            "ecdsa-sha2-nistp256",
            "aes128-ctr",
            "aes128-ctr",
            "hmac-sha2-256",
            "hmac-sha2-256",
            "none",
            "none",
            "",
            ""
        }) {
            data.writeInt(names.length());
            data.writeBytes(names);
        }
        data.writeByte(0);
        data.writeInt(0);
        return packet(message.toByteArray());
    }

    /** A well-known public key, of which the server does not know that. */
    static byte[] publicKey() {
        return packet(ByteBuffer.allocate(37)
                .put(SshConstants.SSH_MSG_KEXDH_INIT)
                .putInt(32)
                .put((byte) 9)
                .array());
    }

    /** Requests everything that the server computes for an unauthenticated client. */
    RawSsh exchangeKeys() throws IOException {
        send(keyExchangeInit(), publicKey());
        return this;
    }

    /** Returns the next message. Blocks until it arrives. */
    ByteBuffer receive() throws IOException {
        byte[] packet = new byte[in.readInt()];
        in.readFully(packet);
        return ByteBuffer.wrap(packet, 1, packet.length - 1 - packet[0]).slice();
    }

    /** Returns the next message other than the server's list of algorithms. */
    ByteBuffer receiveAnswer() throws IOException {
        ByteBuffer message;
        do {
            message = receive();
        } while (message.get(0) == SshConstants.SSH_MSG_KEXINIT);
        return message;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
