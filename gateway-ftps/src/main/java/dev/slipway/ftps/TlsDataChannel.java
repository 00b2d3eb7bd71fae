package dev.slipway.ftps;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A data connection with TLS, on an engine with reads and writes far larger than a record: half the CPU of the JDK's
 * sockets. The client's close_notify is the end of the file; a connection that ends without it is an error unless the
 * settings allow it.
 */
final class TlsDataChannel implements DataChannel {
    private static final Logger log = LoggerFactory.getLogger(TlsDataChannel.class);

    /** As large as a record can be (RFC 8446 section 5.2, RFC 5246 section 6.2.3), and its header. */
    private static final int RECORD = 16 * 1024 + 2048 + 5;

    private final SocketChannel socket;
    private final ConnectionTls tls;
    private final boolean closeNotifyRequired;
    private final BufferPool direct;
    private final BufferPool heap;
    private final Object handshakeLock = new Object();

    @GuardedBy("handshakeLock")
    private boolean opened;

    @GuardedBy("handshakeLock")
    private @Nullable IOException failure;

    private final Object engineLock = new Object(); // taken by close, which waits for nothing

    @GuardedBy("engineLock")
    private @Nullable SSLEngine chosen;

    @GuardedBy("engineLock")
    private boolean closed;

    private ByteBuffer received;
    private ByteBuffer toSend = ByteBuffer.allocate(0);
    private boolean borrowed;

    @GuardedBy("engineLock")
    private boolean inUse;

    /** Whether the client has proven that this connection is its own. */
    private boolean resumed;

    private boolean written;

    /**
     * Whether the last read took everything that had arrived, so that the client may be waiting for an acknowledgement.
     */
    private boolean drained = true;

    /** Whether close_notify has come. (An engine whose inbound is done may also have failed.) */
    private boolean endProven;

    private volatile boolean finished;

    /**
     * @param early what was read from the socket already
     * @param direct buffers outside of the heap, which BoringSSL uses as they are
     * @param heap buffers in the heap, which the JDK encrypts far faster
     */
    TlsDataChannel(
            SocketChannel socket,
            ByteBuffer early,
            ConnectionTls tls,
            boolean closeNotifyRequired,
            BufferPool direct,
            BufferPool heap) {
        this.socket = socket;
        this.tls = tls;
        this.closeNotifyRequired = closeNotifyRequired;
        this.direct = direct;
        this.heap = heap;
        this.received =
                ByteBuffer.allocate(RECORD + early.remaining()).put(early).flip();
    }

    @Override
    public void prepare() {
        try {
            shakeHands();
        } catch (IOException e) {
            log.debug("TLS on a data connection failed before the transfer: {}", e.getMessage());
        }
    }

    @Override
    public void open() throws IOException {
        try {
            shakeHands();
        } finally {
            use();
        }
    }

    /** Keeps the engine, if there is one, until {@link #recycle}. */
    private void use() throws SSLException {
        synchronized (engineLock) {
            if (closed) {
                throw new SSLException("the connection was closed");
            }
            if (chosen != null && !inUse) {
                ConnectionTls.retain(chosen);
                inUse = true;
            }
        }
    }

    private SSLEngine engine() throws SSLException {
        synchronized (engineLock) {
            if (chosen == null) {
                throw new SSLException("the TLS handshake has not begun");
            }
            return chosen;
        }
    }

    private void shakeHands() throws IOException {
        synchronized (handshakeLock) {
            if (failure != null) {
                throw failure;
            }
            if (opened) {
                return;
            }
            try {
                SSLEngine engine = choose();
                try {
                    handshake(engine);
                    resumed = tls.checkData(engine.getSession(), resumed);
                } finally {
                    ConnectionTls.release(engine);
                }
                opened = true;
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }
    }

    /** The engine, retained, for what the client's hello asks for. */
    private SSLEngine choose() throws IOException {
        Sockets.sendAtOnce(socket);
        Optional<ClientHello> hello = ClientHello.read(received);
        while (hello.isEmpty()) {
            if (fill() < 0) {
                throw new SSLException("the client ended the connection during the TLS handshake");
            }
            hello = ClientHello.read(received);
        }
        ConnectionTls.DataEngine begun = tls.dataEngine(hello.get(), received);
        SSLEngine engine = begun.engine();
        synchronized (engineLock) {
            if (closed) {
                ConnectionTls.release(engine);
                throw new SSLException("the connection was closed");
            }
            chosen = engine;
            ConnectionTls.retain(engine);
        }
        resumed = begun.resumed();
        int record = engine.getSession().getPacketBufferSize();
        toSend = ByteBuffer.allocate(record);
        if (received.capacity() < record) {
            received = ByteBuffer.allocate(record).put(received).flip();
        }
        return engine;
    }

    /**
     * Takes large buffers for a transfer; small ones suffice for the handshake, which may not be followed by anything.
     */
    private void borrow(SSLEngine engine) {
        if (!borrowed) {
            borrowed = true;
            BufferPool buffers = pool(engine);
            received = buffers.take().put(received).flip();
            toSend = buffers.take().put(toSend.flip());
        }
    }

    private BufferPool pool(SSLEngine engine) {
        return ConnectionTls.isNative(engine) ? direct : heap;
    }

    private void handshake(SSLEngine engine) throws IOException {
        ByteBuffer nothing = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> ConnectionTls.runTasks(engine);
                case NEED_WRAP -> wrapHandshake(engine);
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    // BoringSSL only notices on another call that the handshake is over; the next record then belongs
                    // to the file, or is its end
                    engine.unwrap(ByteBuffer.allocate(0), nothing);
                    if (isReadNeeded(engine)) {
                        unwrapHandshake(engine, nothing);
                    }
                }
                case FINISHED, NOT_HANDSHAKING -> {
                    if (engine.isInboundDone()) {
                        throw new SSLException("the client refused the TLS handshake");
                    }
                    // What is left with TLS 1.3 is a session ticket, which must not go out before there is something
                    // else to send: a client that only writes never reads it, and closing a socket with unread bytes
                    // makes its kernel reset the connection and drop the end of the file.
                    if (!engine.getSession().getProtocol().equals("TLSv1.3")) {
                        flush();
                    }
                    return;
                }
            }
        }
    }

    private void unwrapHandshake(SSLEngine engine, ByteBuffer nothing) throws IOException {
        SSLEngineResult result = engine.unwrap(received, nothing);
        if (result.bytesProduced() > 0) {
            throw new SSLException("the TLS handshake consumed part of the file");
        }
        if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
            throw new SSLException("the client sent a TLS record that is too large");
        }
        if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW && isReadNeeded(engine)) {
            flush();
            if (fill() < 0) {
                throw new SSLException("the client ended the connection during the TLS handshake");
            }
        }
        if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
            throw new SSLException("the client refused the TLS handshake");
        }
    }

    private static boolean isReadNeeded(SSLEngine engine) {
        HandshakeStatus status = engine.getHandshakeStatus();
        return status == HandshakeStatus.NEED_UNWRAP || status == HandshakeStatus.NEED_UNWRAP_AGAIN;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        SSLEngine engine = engine();
        borrow(engine);
        int start = target.position();
        int record = engine.getSession().getApplicationBufferSize();
        while (!endProven && target.remaining() >= record) {
            SSLEngineResult result = engine.unwrap(received, target);
            answer(engine, result.getHandshakeStatus());
            if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
                endProven = true;
            } else if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
                break; // BoringSSL wants room for a record with all of its overhead
            } else if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
                if (target.position() > start) {
                    break; // hand over what is there rather than wait
                }
                if (fill() < 0) {
                    if (closeNotifyRequired) {
                        throw new EOFException("the TLS data connection ended without close_notify");
                    }
                    return -1;
                }
            }
        }
        int count = target.position() - start;
        return count == 0 && endProven ? -1 : count;
    }

    @Override
    public boolean isEndProven() {
        return endProven;
    }

    @Override
    public void write(ByteBuffer source) throws IOException {
        SSLEngine engine = engine();
        borrow(engine);
        written = true;
        int record = engine.getSession().getPacketBufferSize();
        while (source.hasRemaining()) {
            if (toSend.remaining() < record) {
                flush();
            }
            SSLEngineResult result = engine.wrap(source, toSend);
            if (result.getStatus() == SSLEngineResult.Status.CLOSED
                    || (result.bytesConsumed() == 0 && result.bytesProduced() == 0)) {
                throw new SSLException("the client closed the TLS connection");
            }
        }
        flush();
    }

    @Override
    public void finish() throws IOException {
        SSLEngine engine = engine();
        engine.closeOutbound();
        while (!engine.isOutboundDone() && wrapNothing(engine)) {
            // a session ticket may come before the close_notify
        }
        flush();
        finished = true;
        if (resumed && written) {
            tls.delivered();
        }
        Sockets.finish(socket);
    }

    @Override
    public void close() {
        if (!finished) {
            Sockets.reset(socket);
        }
        synchronized (engineLock) {
            if (!closed) {
                closed = true;
                if (chosen != null) {
                    ConnectionTls.release(chosen); // which those who still use it have retained
                }
            }
        }
    }

    @Override
    public void recycle() {
        SSLEngine engine;
        boolean release;
        synchronized (engineLock) {
            engine = chosen;
            release = inUse;
            inUse = false;
        }
        if (engine == null) {
            return;
        }
        if (borrowed) {
            borrowed = false;
            pool(engine).give(received);
            pool(engine).give(toSend);
        }
        if (release) {
            ConnectionTls.release(engine);
        }
    }

    /** Sends the engine's own responses to received data, such as a key update. */
    private void answer(SSLEngine engine, HandshakeStatus status) throws IOException {
        if (status == HandshakeStatus.NEED_TASK) {
            throw new SSLException("renegotiation is refused");
        }
        if (status == HandshakeStatus.NEED_WRAP && !engine.isInboundDone()) {
            wrapHandshake(engine);
            flush();
            if (ConnectionTls.isNative(engine)) {
                // The engine may have failed: it first returns the alert to send, then the failure, and only once
                while (wrapNothing(engine)) {
                    flush();
                }
            }
        }
    }

    private void wrapHandshake(SSLEngine engine) throws IOException {
        while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && !engine.isOutboundDone()) {
            wrapNothing(engine);
        }
    }

    /** Takes the engine's own output; returns whether there was any. */
    private boolean wrapNothing(SSLEngine engine) throws IOException {
        if (toSend.remaining() < engine.getSession().getPacketBufferSize()) {
            flush();
        }
        return engine.wrap(ByteBuffer.allocate(0), toSend).bytesProduced() > 0;
    }

    private void flush() throws IOException {
        toSend.flip();
        while (toSend.hasRemaining()) {
            socket.write(toSend);
        }
        toSend.clear();
    }

    private int fill() throws IOException {
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
}
