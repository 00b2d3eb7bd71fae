package dev.slipway.ftps;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A data connection with TLS, on an engine with reads and writes far larger than a record: half the CPU of the JDK's
 * sockets. The end of the file is the client's close_notify; a connection that merely ends is an error unless the
 * settings relax it.
 */
final class TlsDataChannel implements DataChannel {
    private static final Logger log = LoggerFactory.getLogger(TlsDataChannel.class);

    private final SocketChannel socket;
    private final ConnectionTls tls;
    private final SSLEngine engine;
    private final boolean closeNotifyRequired;
    private final BufferPool buffers;
    private final Object handshakeLock = new Object();
    private final long handshakeStart = System.currentTimeMillis();
    private boolean opened; // guarded by handshakeLock
    private @Nullable IOException failure; // guarded by handshakeLock
    private ByteBuffer received;
    private ByteBuffer toSend;
    private boolean borrowed;

    /** Whether the last read took all that had come, so that the client may be waiting to hear of it. */
    private boolean drained = true;

    private volatile boolean finished;

    /** @param early what was read from the socket already */
    TlsDataChannel(
            SocketChannel socket, ByteBuffer early, ConnectionTls tls, boolean closeNotifyRequired, BufferPool buffers)
            throws SSLException {
        this.socket = socket;
        this.tls = tls;
        this.engine = tls.dataEngine();
        this.closeNotifyRequired = closeNotifyRequired;
        this.buffers = buffers;
        int record = engine.getSession().getPacketBufferSize();
        this.received =
                ByteBuffer.allocate(record + early.remaining()).put(early).flip();
        this.toSend = ByteBuffer.allocate(record);
    }

    @Override
    public void prepare() {
        try {
            open();
        } catch (IOException e) {
            log.debug("TLS on a data connection failed before the transfer: {}", e.getMessage());
        }
    }

    @Override
    public void open() throws IOException {
        synchronized (handshakeLock) {
            if (failure != null) {
                throw failure;
            }
            if (opened) {
                return;
            }
            try {
                handshake();
                tls.checkData(engine.getSession(), handshakeStart);
                opened = true;
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }
    }

    /** Takes large buffers for a transfer; the handshake did with small ones, since nothing may ever follow it. */
    private void borrow() {
        if (!borrowed) {
            borrowed = true;
            received = buffers.take().put(received).flip();
            toSend = buffers.take().put(toSend.flip());
        }
    }

    private void handshake() throws IOException {
        Sockets.sendAtOnce(socket);
        ByteBuffer nothing = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> ConnectionTls.runTasks(engine);
                case NEED_WRAP -> wrapHandshake();
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    SSLEngineResult result = engine.unwrap(received, nothing);
                    if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
                        flush();
                        if (fill() < 0) {
                            throw new SSLException("the client ended the connection during the TLS handshake");
                        }
                    }
                    if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
                        throw new SSLException("the client refused the TLS handshake");
                    }
                }
                case FINISHED, NOT_HANDSHAKING -> {
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

    @Override
    public int read(ByteBuffer target) throws IOException {
        borrow();
        int start = target.position();
        int record = engine.getSession().getApplicationBufferSize();
        while (!engine.isInboundDone() && target.remaining() >= record) {
            SSLEngineResult result = engine.unwrap(received, target);
            answer();
            if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
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
        return count == 0 && engine.isInboundDone() ? -1 : count;
    }

    @Override
    public boolean isEndProven() {
        return engine.isInboundDone(); // by close_notify, and by nothing else
    }

    @Override
    public void write(ByteBuffer source) throws IOException {
        borrow();
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
        engine.closeOutbound();
        sendHandshake();
        finished = true;
        Sockets.finish(socket);
    }

    @Override
    public void close() {
        if (!finished) {
            Sockets.reset(socket);
        }
    }

    @Override
    public void recycle() {
        if (borrowed) {
            borrowed = false;
            buffers.give(received);
            buffers.give(toSend);
        }
    }

    /** Sends what the engine has to say of its own accord in answer to what was received, such as a key update. */
    private void answer() throws IOException {
        HandshakeStatus status = engine.getHandshakeStatus();
        if (status == HandshakeStatus.NEED_TASK) {
            throw new SSLException("renegotiation is refused");
        }
        if (status == HandshakeStatus.NEED_WRAP && !engine.isInboundDone()) {
            sendHandshake();
        }
    }

    private void sendHandshake() throws IOException {
        wrapHandshake();
        flush();
    }

    private void wrapHandshake() throws IOException {
        ByteBuffer nothing = ByteBuffer.allocate(0);
        while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && !engine.isOutboundDone()) {
            if (toSend.remaining() < engine.getSession().getPacketBufferSize()) {
                flush();
            }
            engine.wrap(nothing, toSend);
        }
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
        try {
            int count = socket.read(received);
            drained = count < room;
            return count;
        } finally {
            received.flip();
        }
    }
}
