package dev.slipway.ftps.data;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.ftps.tls.ConnectionTls;
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
 * sockets. The client's close_notify is the end of the file; a connection that ends without it is an error unless the
 * settings allow it.
 */
final class TlsDataChannel implements DataChannel {
    private static final Logger log = LoggerFactory.getLogger(TlsDataChannel.class);

    private final SocketChannel socket;
    private final ConnectionTls tls;
    private final boolean closeNotifyRequired;
    private final TlsRecords records;
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

    @GuardedBy("engineLock")
    private boolean inUse;

    /** Whether the client has proven that this connection is its own. */
    private boolean resumed;

    private boolean written;

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
        this.records = new TlsRecords(socket, early, direct, heap);
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
                    new TlsHandshake(engine, records).run();
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
        ConnectionTls.DataEngine begun = tls.dataEngine(records.hello(), records.received());
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
        records.fit(engine);
        return engine;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        SSLEngine engine = engine();
        records.borrow(engine);
        int start = target.position();
        int record = engine.getSession().getApplicationBufferSize();
        while (!endProven && target.remaining() >= record) {
            SSLEngineResult result = records.unwrap(engine, target);
            answer(engine, result.getHandshakeStatus());
            if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
                endProven = true;
            } else if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
                break; // BoringSSL wants room for a record with all of its overhead
            } else if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
                if (target.position() > start) {
                    break; // hand over what is there rather than wait
                }
                if (records.fill() < 0) {
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
        records.borrow(engine);
        written = true;
        int record = engine.getSession().getPacketBufferSize();
        while (source.hasRemaining()) {
            SSLEngineResult result = records.wrap(engine, source, record);
            if (result.getStatus() == SSLEngineResult.Status.CLOSED
                    || (result.bytesConsumed() == 0 && result.bytesProduced() == 0)) {
                throw new SSLException("the client closed the TLS connection");
            }
        }
        records.flush();
    }

    @Override
    public void finish() throws IOException {
        SSLEngine engine = engine();
        engine.closeOutbound();
        while (!engine.isOutboundDone() && records.wrapNothing(engine)) {
            // a session ticket may come before the close_notify
        }
        records.flush();
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
        records.giveBack();
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
            records.wrapHandshake(engine);
            records.flush();
            if (ConnectionTls.isNative(engine)) {
                // The engine may have failed: it first returns the alert to send, then the failure, and only once
                while (records.wrapNothing(engine)) {
                    records.flush();
                }
            }
        }
    }
}
