package dev.slipway.sftp;

import dev.slipway.sftp.subsystem.PacketType;
import dev.slipway.testing.Patience;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelSubsystem;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;

/**
 * An SFTP client that sends arbitrary requests, well-formed or not, and ends in arbitrary ways. Requests are buffered
 * until {@link #flush} or the next {@link #receive}.
 */
final class RawSftp implements AutoCloseable {
    static final Duration TIMEOUT = Patience.LIMIT;

    static final int READ = 0x1;
    static final int WRITE = 0x2;
    static final int APPEND = 0x4;
    static final int CREATE = 0x8;
    static final int TRUNCATE = 0x10;
    static final int EXCLUSIVE = 0x20;

    /** The flags with which clients open a file for upload. */
    static final int UPLOAD = WRITE | CREATE | TRUNCATE;

    /** An answer of the server. */
    record Answer(int type, int id, ByteBuffer fields) {
        int uint32() {
            return fields.getInt();
        }

        byte[] bytes() {
            byte[] result = new byte[fields.getInt()];
            fields.get(result);
            return result;
        }

        String string() {
            return new String(bytes(), StandardCharsets.UTF_8);
        }

        /** The code of a status; fails for any other answer. */
        int status() {
            if (type != PacketType.STATUS) {
                throw new AssertionError("not a status, but type " + type);
            }
            return fields.getInt(0);
        }

        /** The message of a status. */
        String message() {
            status();
            return new Answer(type, id, fields.slice(4, fields.capacity() - 4)).string();
        }

        /** The handle in the answer; fails for any other answer. */
        byte[] handle() {
            if (type != PacketType.HANDLE) {
                throw new AssertionError("not a handle: " + this);
            }
            return bytes();
        }

        @Override
        public String toString() {
            return "type " + type + (type == PacketType.STATUS ? ", status " + status() + ": " + message() : "");
        }
    }

    private final SshClient client;
    private final ClientSession session;
    private final boolean ownsSession;
    private final ChannelSubsystem channel;
    private final DataOutputStream out;
    private final DataInputStream in;
    private final Map<String, String> extensions = new HashMap<>();
    private int lastId;
    private boolean ended;

    private RawSftp(SshClient client, ClientSession session, boolean ownsSession) throws IOException {
        this.client = client;
        this.session = session;
        this.ownsSession = ownsSession;
        this.channel = session.createSubsystemChannel("sftp");
        channel.open().verify(TIMEOUT);
        this.out = new DataOutputStream(channel.getInvertedIn());
        this.in = new DataInputStream(channel.getInvertedOut());
    }

    /** Logs in and sends SSH_FXP_INIT. */
    static RawSftp connect(int port) throws IOException {
        return connect(newClient(), port);
    }

    /**
     * Logs in and sends SSH_FXP_INIT.
     *
     * @param client stopped at the end
     */
    static RawSftp connect(SshClient client, int port) throws IOException {
        return over(client, login(client, port));
    }

    static SshClient newClient() {
        SshClient client = SshClient.setUpDefaultClient();
        client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
        client.start();
        return client;
    }

    /**
     * Sends SSH_FXP_INIT.
     *
     * @param client stopped at the end
     * @param session logged in
     */
    static RawSftp over(SshClient client, ClientSession session) throws IOException {
        RawSftp result = new RawSftp(client, session, true);
        result.greet();
        return result;
    }

    static ClientSession login(SshClient client, int port) throws IOException {
        ClientSession session = connection(client, port);
        logIn(session);
        return session;
    }

    /** Connects without logging in. */
    static ClientSession connection(SshClient client, int port) throws IOException {
        return client.connect(SftpGateway.USER, "127.0.0.1", port)
                .verify(TIMEOUT)
                .getSession();
    }

    static void logIn(ClientSession session) throws IOException {
        session.addPasswordIdentity(SftpGateway.PASSWORD);
        session.auth().verify(TIMEOUT);
    }

    /** Opens another channel in the same session. */
    RawSftp another() throws IOException {
        RawSftp result = new RawSftp(client, session, false);
        result.greet();
        return result;
    }

    /** The extensions that the server announced with its version. */
    Map<String, String> extensions() {
        return extensions;
    }

    ClientSession session() {
        return session;
    }

    ChannelSubsystem channel() {
        return channel;
    }

    private void greet() throws IOException {
        out.writeInt(5);
        out.writeByte(PacketType.INIT);
        out.writeInt(6);
        out.flush();
        byte[] packet = new byte[in.readInt()];
        in.readFully(packet);
        ByteBuffer fields = ByteBuffer.wrap(packet);
        if (fields.get() != PacketType.VERSION || fields.getInt() != 3) {
            throw new AssertionError("the server does not speak version 3");
        }
        Answer pairs = new Answer(PacketType.VERSION, 0, fields.slice());
        while (pairs.fields().hasRemaining()) {
            extensions.put(pairs.string(), pairs.string());
        }
    }

    /**
     * Sends a request.
     *
     * @param fields what follows the id: Integer (uint32), Long (uint64), String and byte[] (with their lengths),
     *     ByteBuffer (the bytes alone)
     * @return its id
     */
    int send(int type, Object... fields) throws IOException {
        return sendPart(0, type, fields);
    }

    /**
     * Sends the beginning of a request.
     *
     * @param missing how many announced bytes are not sent
     */
    int sendPart(int missing, int type, Object... fields) throws IOException {
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(packet);
        for (Object field : fields) {
            switch (field) {
                case Integer value -> data.writeInt(value);
                case Long value -> data.writeLong(value);
                case String value -> write(data, value.getBytes(StandardCharsets.UTF_8));
                case byte[] value -> write(data, value);
                case ByteBuffer bare -> Channels.newChannel(data).write(bare);
                default -> throw new IllegalArgumentException("a field of " + field.getClass());
            }
        }
        lastId++;
        out.writeInt(packet.size() + 5 + missing);
        out.writeByte(type);
        out.writeInt(lastId);
        packet.writeTo(out);
        return lastId;
    }

    private static void write(DataOutputStream data, byte[] value) throws IOException {
        data.writeInt(value.length);
        data.write(value);
    }

    /** Sends bytes that need not be a request. */
    void sendBytes(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    void flush() throws IOException {
        out.flush();
    }

    /** Returns the next answer. Blocks until it arrives. */
    Answer receive() throws IOException {
        if (!ended) {
            out.flush();
        }
        return receiveOnly();
    }

    /** Returns the next answer to requests that another thread sends concurrently. */
    Answer receiveOnly() throws IOException {
        byte[] packet = new byte[in.readInt()];
        in.readFully(packet);
        ByteBuffer fields = ByteBuffer.wrap(packet);
        int type = Byte.toUnsignedInt(fields.get());
        int id = fields.getInt();
        return new Answer(type, id, fields.slice());
    }

    /** Sends a request and returns its answer. */
    Answer ask(int type, Object... fields) throws IOException {
        int id = send(type, fields);
        Answer answer = receive();
        if (answer.id() != id) {
            throw new AssertionError("the answer to request " + answer.id() + " came for " + id);
        }
        return answer;
    }

    /** Opens a file and returns the handle. */
    byte[] open(String path, int flags) throws IOException {
        return ask(PacketType.OPEN, path, flags, 0).handle();
    }

    /** Writes, and expects success. */
    void write(byte[] handle, long offset, byte[] data) throws IOException {
        for (int start = 0; start < data.length; start += 32_768) {
            byte[] block = Arrays.copyOfRange(data, start, Math.min(data.length, start + 32_768));
            Answer answer = ask(PacketType.WRITE, handle, offset + start, block);
            if (answer.status() != 0) {
                throw new AssertionError("a write was refused: " + answer);
            }
        }
    }

    /** Ends the input of this channel, which stays open for answers. */
    void endOfInput() throws IOException {
        ended = true;
        out.close();
    }

    /** Whether the server has ended the channel. */
    boolean atEnd() throws IOException {
        return in.read() < 0;
    }

    /** Drops the connection abruptly. */
    void disconnect() {
        session.close(true);
    }

    @Override
    public void close() {
        try {
            if (!ownsSession) {
                channel.close(false).await(TIMEOUT);
            } else {
                session.close(true);
                client.stop();
                client.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
