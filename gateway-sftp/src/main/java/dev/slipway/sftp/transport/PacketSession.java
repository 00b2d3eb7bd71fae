package dev.slipway.sftp.transport;

import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.util.Readable;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.server.ServerFactoryManager;
import org.apache.sshd.server.session.ServerSessionImpl;
import org.jspecify.annotations.Nullable;

/**
 * A session that decodes one packet at a time, and can have a message handled by a thread other than the shared I/O
 * thread. Later packets are decoded when that is done: messages of a session are handled in order, one at a time.
 */
public abstract class PacketSession extends ServerSessionImpl {
    /**
     * The largest packet that a client may send, in bytes without its MAC: what every implementation must accept (RFC
     * 4253 section 6.1), and more than our channels' packets have.
     */
    public static final int LARGEST_PACKET = 35_000;

    /** The most bytes that are read from a connection at a time. */
    public static final int LARGEST_READ = 128 << 10;

    /** Maximum number of bytes decoded at a time before the client has sent its version. */
    private static final int LONGEST_PIECE = 256;

    /** For what an I/O thread has received. */
    private static final ThreadLocal<byte[]> RECEIVED = ThreadLocal.withInitial(() -> new byte[LARGEST_READ]);

    private final HeldInput held;

    /** The message decoded last, if it takes long. For the decoding thread. */
    private @Nullable Buffer handover;

    PacketSession(ServerFactoryManager server, IoSession connection) throws Exception {
        held = new HeldInput(connection, LARGEST_PACKET);
        super(server, connection);
    }

    /**
     * Whether a message is to be handled by another thread.
     *
     * @param command the number of the message
     */
    abstract boolean takesLong(int command);

    /**
     * Has a message handled by another thread, now or later.
     *
     * @param command the number of the message
     * @param handling may block
     */
    abstract void handOver(int command, Runnable handling);

    /** Drops all further input. */
    final void ignoreInput() {
        held.discard();
    }

    /**
     * Decodes one packet at a time, so that decoding can stop after each, and only one packet is buffered. To be called
     * on the I/O thread.
     */
    @Override
    public void messageReceived(Readable received) throws Exception {
        try {
            if (hold(received)) {
                return;
            }
            ByteArrayBuffer source = bytesOf(received);
            while (source.available() > 0) {
                decodePiece(source);
                Buffer next = takeHandover();
                if (next != null) {
                    held.begin();
                    if (source.available() > 0) {
                        var _ = hold(source);
                    }
                    handOver(next);
                    return;
                }
            }
        } catch (Exception e) {
            held.discard();
            throw e;
        }
    }

    /**
     * A client that is not logged in has nothing to send while we compute or check a password, and must not fill our
     * memory.
     */
    private boolean hold(Readable received) throws SshException {
        if (!held.take(received)) {
            return false;
        }
        if (!isAuthenticated() && held.size() > LARGEST_PACKET) {
            throw new SshException(
                    SshConstants.SSH2_DISCONNECT_PROTOCOL_ERROR, "too much data was sent without waiting for answers");
        }
        return true;
    }

    /** Received bytes, until the next read: the library's buffer can only be read once and as a whole. */
    private static ByteArrayBuffer bytesOf(Readable received) {
        int length = received.available();
        byte[] bytes = length <= LARGEST_READ ? RECEIVED.get() : new byte[length];
        received.getRawBytes(bytes, 0, length);
        return new ByteArrayBuffer(bytes, 0, length);
    }

    private void decodePiece(ByteArrayBuffer source) throws Exception {
        int count = Math.min(wanted(source), source.available());
        int packet = decoderState == 0 ? 0 : Integer.BYTES + decoderLength + trailer();
        decoderBuffer.ensureCapacity(count, least -> Math.max(least, Math.min(2 * least, packet)));
        ByteArrayBuffer piece = new ByteArrayBuffer(source.array(), source.rpos(), count);
        source.rpos(source.rpos() + count);
        super.messageReceived(piece);
        checkLength();
    }

    private int wanted(ByteArrayBuffer source) {
        return clientVersion == null ? lineOf(source) : missing();
    }

    /** How many bytes the library waits for: the beginning of a packet, or its rest. */
    private int missing() {
        int whole = decoderState == 0 ? beginning() : decoderLength + trailer();
        return Math.max(1, whole - decoderBuffer.available());
    }

    private static int lineOf(ByteArrayBuffer source) {
        int most = Math.min(source.available(), LONGEST_PIECE);
        for (int i = 0; i < most; i++) {
            if (source.rawByte(source.rpos() + i) == '\n') {
                return i + 1;
            }
        }
        return most;
    }

    /** How much of a packet the library needs before it reads its length. */
    private int beginning() {
        boolean lengthInClear = tag() > 0 || (inMac != null && inMac.isEncryptThenMac());
        return (lengthInClear ? Integer.BYTES : inCipherSize) + 1;
    }

    /** Length of the MAC or tag after a packet. */
    private int trailer() {
        return tag() + (inMac == null ? 0 : inMacSize);
    }

    private int tag() {
        return inCipher == null ? 0 : inCipher.getAuthenticationTagSize();
    }

    /** As the library does for longer ones: if the length is encrypted, a client must not learn that it was read. */
    private void checkLength() throws SshException {
        if (decoderState == 0 || decoderLength <= LARGEST_PACKET || discarding != null) {
            return;
        }
        SshException failure = new SshException(
                SshConstants.SSH2_DISCONNECT_PROTOCOL_ERROR,
                "Packet too large: at most " + LARGEST_PACKET + " bytes are allowed; received " + decoderLength);
        if (inCipher == null) {
            throw failure;
        }
        log.warn("{}: {}", this, failure.getMessage());
        discarding = failure;
        int blocks;
        synchronized (random) {
            blocks = decoderBuffer.available() / inCipherSize + 2 + random.random(20);
        }
        boolean lengthInClear = beginning() == Integer.BYTES + 1;
        decoderLength = blocks * inCipherSize - (lengthInClear ? 0 : Integer.BYTES);
    }

    @Override
    protected void handleMessage(Buffer packet) throws Exception {
        if (takesLong(commandOf(packet))) {
            handover = new ByteArrayBuffer(packet.getCompactData());
        } else {
            super.handleMessage(packet);
        }
    }

    private @Nullable Buffer takeHandover() {
        Buffer message = handover;
        handover = null;
        return message;
    }

    private void handOver(Buffer message) {
        handOver(commandOf(message), () -> handle(message));
    }

    /** Handles a message on a thread that may block, then the input held meanwhile. */
    private void handle(Buffer message) {
        try {
            decodeLock.lock();
            try {
                if (!isOpen()) {
                    held.discard();
                    return;
                }
                super.handleMessage(message);
            } finally {
                decodeLock.unlock();
            }
            goOn();
        } catch (Exception | Error e) {
            held.discard();
            exceptionCaught(e);
        }
    }

    private void goOn() throws Exception {
        for (; ; ) {
            ByteArrayBuffer piece = held.next(missing());
            if (piece == null) {
                return;
            }
            decodePiece(piece);
            Buffer next = takeHandover();
            if (next != null) {
                handOver(next);
                return;
            }
        }
    }

    /** The number of a message. */
    static int commandOf(Buffer packet) {
        return Byte.toUnsignedInt(packet.array()[packet.rpos()]);
    }
}
