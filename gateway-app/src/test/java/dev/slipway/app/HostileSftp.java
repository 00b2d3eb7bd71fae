package dev.slipway.app;

import dev.slipway.testing.Patience;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelSubsystem;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.core.CoreModuleProperties;

/** An SFTP channel whose client may leave answers unread. */
final class HostileSftp {
    static final int OPEN = 3;
    static final int READ = 5;
    static final int WRITE = 6;
    static final int OPENDIR = 11;
    static final int READDIR = 12;
    static final int MKDIR = 14;
    static final int REALPATH = 16;
    static final int STAT = 17;
    static final int EXTENDED = 200;

    static final int FOR_READING = 0x1;
    static final int FOR_WRITING = 0x2 | 0x8 | 0x10;

    private final ChannelSubsystem channel;
    private final DataOutputStream out;
    private final DataInputStream in;
    private final AtomicInteger answers = new AtomicInteger();
    private volatile boolean ended;
    private int sent;

    private HostileSftp(ChannelSubsystem channel) {
        this.channel = channel;
        this.out = new DataOutputStream(channel.getInvertedIn());
        this.in = new DataInputStream(channel.getInvertedOut());
    }

    /**
     * A client with its own window and packet sizes.
     *
     * @param window how many bytes the gateway may send ahead on a channel
     * @param packet the largest packet that the gateway may send, in bytes
     */
    static SshClient client(long window, long packet) {
        SshClient client = SshClient.setUpDefaultClient();
        client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
        CoreModuleProperties.WINDOW_SIZE.set(client, window);
        CoreModuleProperties.MAX_PACKET_SIZE.set(client, packet);
        client.start();
        return client;
    }

    static ClientSession login(SshClient client, int port, String user, String password) throws IOException {
        ClientSession session =
                client.connect(user, "127.0.0.1", port).verify(Patience.LIMIT).getSession();
        session.addPasswordIdentity(password);
        session.auth().verify(Patience.LIMIT);
        return session;
    }

    /** Opens a channel and sends SSH_FXP_INIT. */
    static HostileSftp open(ClientSession session) throws IOException {
        ChannelSubsystem channel = session.createSubsystemChannel("sftp");
        channel.open().verify(Patience.LIMIT);
        HostileSftp result = new HostileSftp(channel);
        result.out.writeInt(5);
        result.out.writeByte(1);
        result.out.writeInt(3);
        result.out.flush();
        result.in.skipNBytes(result.in.readInt());
        return result;
    }

    /** Reads and drops answers on another thread, so that the gateway continues. */
    HostileSftp readAnswers() {
        Thread.startVirtualThread(() -> {
            try {
                while (true) {
                    in.skipNBytes(in.readInt());
                    answers.incrementAndGet();
                }
            } catch (IOException e) {
                ended = true;
            }
        });
        return this;
    }

    /** Whether everything that was sent has been answered, or the channel has ended. */
    boolean isAnswered() {
        return ended || answers.get() == sent;
    }

    /**
     * Sends a request.
     *
     * @param fields Integer (uint32), Long (uint64), String and byte[] (with their lengths)
     */
    HostileSftp send(int type, Object... fields) throws IOException {
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(packet);
        for (Object field : fields) {
            switch (field) {
                case Integer value -> data.writeInt(value);
                case Long value -> data.writeLong(value);
                case String value -> string(data, value.getBytes(StandardCharsets.UTF_8));
                case byte[] value -> string(data, value);
                default -> throw new IllegalArgumentException("a field of " + field.getClass());
            }
        }
        out.writeInt(packet.size() + 5);
        out.writeByte(type);
        out.writeInt(++sent);
        packet.writeTo(out);
        return this;
    }

    private static void string(DataOutputStream data, byte[] value) throws IOException {
        data.writeInt(value.length);
        data.write(value);
    }

    /** A handle of this channel, whose number is predictable. */
    static byte[] handle(int number) {
        return new byte[] {0, 0, (byte) (number >> 8), (byte) number};
    }

    HostileSftp flush() throws IOException {
        out.flush();
        return this;
    }

    /** Closes the channel abruptly. */
    void drop() {
        channel.close(false);
    }
}
