package dev.slipway.ftps.data;

import dev.slipway.ftps.tls.ClientHello;
import dev.slipway.ftps.tls.ConnectionTls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The records of a TLS data connection: what has arrived and was not decrypted yet, and what was encrypted and not sent
 * yet. Reads and writes are far larger than a record. For one thread at a time.
 */
final class TlsRecords {
    /** As large as a record can be (RFC 8446 section 5.2, RFC 5246 section 6.2.3), and its header. */
    private static final int RECORD = 16 * 1024 + 2048 + 5;

    private final SocketChannel socket;
    private final BufferPool direct;
    private final BufferPool heap;
    private ByteBuffer received;
    private ByteBuffer toSend = ByteBuffer.allocate(0);

    /** Where the buffers come from; null while they are small ones of our own. */
    private @Nullable BufferPool pool;

    /**
     * Whether the last read took everything that had arrived, so that the client may be waiting for an acknowledgement.
     */
    private boolean drained = true;

    /**
     * @param early what was read from the socket already
     * @param direct buffers outside of the heap, which BoringSSL uses as they are
     * @param heap buffers in the heap, which the JDK encrypts far faster
     */
    TlsRecords(SocketChannel socket, ByteBuffer early, BufferPool direct, BufferPool heap) {
        this.socket = socket;
        this.direct = direct;
        this.heap = heap;
        this.received =
                ByteBuffer.allocate(RECORD + early.remaining()).put(early).flip();
    }

    /** Reads until the client's hello is complete. It stays in {@link #received}. */
    ClientHello hello() throws IOException {
        Optional<ClientHello> hello = ClientHello.read(received);
        while (hello.isEmpty()) {
            fillForHandshake();
            hello = ClientHello.read(received);
        }
        return hello.get();
    }

    /** What was read and not decrypted yet. */
    ByteBuffer received() {
        return received;
    }

    /** Makes room for an engine's records. */
    void fit(SSLEngine engine) {
        int record = engine.getSession().getPacketBufferSize();
        toSend = ByteBuffer.allocate(record);
        if (received.capacity() < record) {
            received = ByteBuffer.allocate(record).put(received).flip();
        }
    }

    /**
     * Takes large buffers for a transfer; small ones suffice for the handshake, which may not be followed by anything.
     */
    void borrow(SSLEngine engine) {
        if (pool == null) {
            BufferPool buffers = ConnectionTls.isNative(engine) ? direct : heap;
            pool = buffers;
            received = buffers.take().put(received).flip();
            toSend = buffers.take().put(toSend.flip());
        }
    }

    /** Returns the large buffers. To be called when nothing is read or written any more. */
    void giveBack() {
        if (pool != null) {
            pool.give(received);
            pool.give(toSend);
            pool = null;
        }
    }

    SSLEngineResult unwrap(SSLEngine engine, ByteBuffer target) throws SSLException {
        return engine.unwrap(received, target);
    }

    /**
     * Encrypts a record, after sending what leaves no room for it.
     *
     * @param record the most bytes that it can have
     */
    SSLEngineResult wrap(SSLEngine engine, ByteBuffer source, int record) throws IOException {
        if (toSend.remaining() < record) {
            flush();
        }
        return engine.wrap(source, toSend);
    }

    /** Takes the engine's own output; returns whether there was any. */
    boolean wrapNothing(SSLEngine engine) throws IOException {
        int record = engine.getSession().getPacketBufferSize();
        return wrap(engine, ByteBuffer.allocate(0), record).bytesProduced() > 0;
    }

    /** Takes the messages of a handshake that the engine has for the client. */
    void wrapHandshake(SSLEngine engine) throws IOException {
        while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && !engine.isOutboundDone()) {
            wrapNothing(engine);
        }
    }

    /** Sends what was encrypted. Blocks. */
    void flush() throws IOException {
        toSend.flip();
        while (toSend.hasRemaining()) {
            socket.write(toSend);
        }
        toSend.clear();
    }

    /** Reads more. Blocks until there is something; negative at the end of the connection. */
    int fill() throws IOException {
        if (drained) {
            Sockets.acknowledge(socket);
        }
        received.compact();
        int room = received.remaining();
        if (room == 0) {
            throw new SSLException("the client sent a TLS record that is too large");
        }
        try {
            int count = socket.read(received);
            drained = count < room;
            return count;
        } finally {
            received.flip();
        }
    }

    /** As {@link #fill}; the connection must not end. */
    void fillForHandshake() throws IOException {
        if (fill() < 0) {
            throw new SSLException("the client ended the connection during the TLS handshake");
        }
    }
}
