package dev.slipway.ftps.control;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.ftps.tls.ConnectionTls;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.apache.mina.core.buffer.IoBuffer;
import org.apache.mina.core.filterchain.IoFilterAdapter;
import org.apache.mina.core.session.IoSession;
import org.apache.mina.core.write.DefaultWriteRequest;
import org.apache.mina.core.write.WriteRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS on one control connection. MINA's own filter looks up the client's name in DNS on the I/O thread, gives all
 * handshakes of the process two threads, drops replies after the 64th, and can leave decrypted commands unprocessed
 * until the next packet; this one does none of that because it decrypts on the I/O thread and encrypts on the writer's.
 */
final class TlsFilter extends IoFilterAdapter {
    /** The code of the only reply that is still sent unencrypted: the one to AUTH. */
    static final int START_TLS = 234;

    private static final Logger log = LoggerFactory.getLogger(TlsFilter.class);

    /** A peer that sends more than this without a complete record is not using TLS. */
    private static final int MAX_UNREAD = 256 * 1024;

    private final ConnectionTls tls;
    private final SSLEngine engine;
    private final Runnable secured;

    @GuardedBy("this")
    private final Deque<WriteRequest> waiting = new ArrayDeque<>();

    @GuardedBy("this")
    private ByteBuffer received = ByteBuffer.allocate(0);

    @GuardedBy("this")
    private boolean established;

    @GuardedBy("this")
    private boolean closed;

    /**
     * @param secured called once, by the I/O thread, when the handshake is done and before the first decrypted byte
     */
    TlsFilter(ConnectionTls tls, Runnable secured) throws SSLException {
        this.tls = tls;
        this.engine = tls.controlEngine();
        this.secured = secured;
    }

    /** Puts this filter before all others; whatever arrived since {@code AUTH} is discarded. */
    void start(IoSession session, String name) {
        session.getFilterChain().addFirst(name, this);
        if (session.getCloseFuture().isClosed()) {
            close(); // the filters may have been told before
        }
    }

    /** Encrypts nothing further and tells the peer so. */
    synchronized void closeOutbound(IoSession session) {
        NextFilter next = session.getFilterChain().getNextFilter(this);
        if (next == null || closed) {
            return; // the session has ended
        }
        engine.closeOutbound();
        try {
            wrapPending(next, session);
        } catch (SSLException e) {
            log.debug("close_notify could not be sent: {}", e.getMessage());
        }
    }

    @Override
    public void messageReceived(NextFilter next, IoSession session, Object message) {
        IoBuffer bytes = (IoBuffer) message;
        List<ByteBuffer> plain = new ArrayList<>();
        boolean becameSecure;
        boolean ended;
        synchronized (this) {
            if (closed) {
                return;
            }
            boolean before = established;
            try {
                append(bytes.buf());
                unwrap(next, session, plain);
                ended = engine.isInboundDone();
            } catch (SSLException e) {
                log.debug("TLS failed on the control connection of {}: {}", session.getRemoteAddress(), e.getMessage());
                sendAlert(next, session);
                ended = true;
            }
            becameSecure = !before && established;
        }
        bytes.free();
        if (becameSecure) {
            secured.run();
        }
        for (ByteBuffer buffer : plain) {
            next.messageReceived(session, IoBuffer.wrap(buffer));
        }
        if (ended) {
            session.closeOnFlush();
        }
    }

    @Override
    public void filterWrite(NextFilter next, IoSession session, WriteRequest request) throws SSLException {
        if (request.getOriginalMessage() instanceof Reply reply && reply.code() == START_TLS) {
            next.filterWrite(session, request);
            return;
        }
        synchronized (this) {
            if (closed) {
                throw new SSLException("the connection was closed");
            }
            if (established) {
                encrypt(next, session, request);
            } else {
                waiting.add(request);
            }
        }
    }

    @Override
    public void sessionClosed(NextFilter next, IoSession session) {
        close();
        next.sessionClosed(session);
    }

    private synchronized void close() {
        if (!closed) {
            closed = true;
            ConnectionTls.release(engine);
        }
    }

    @GuardedBy("this")
    private void append(ByteBuffer bytes) throws SSLException {
        if (received.remaining() + bytes.remaining() > MAX_UNREAD) {
            throw new SSLException("too many bytes without a TLS record");
        }
        ByteBuffer joined = ByteBuffer.allocate(received.remaining() + bytes.remaining());
        received = joined.put(received).put(bytes).flip();
    }

    @GuardedBy("this")
    private void unwrap(NextFilter next, IoSession session, List<ByteBuffer> plain) throws SSLException {
        while (!engine.isInboundDone()) {
            ByteBuffer target = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            SSLEngineResult result = engine.unwrap(received, target);
            if (target.position() > 0) {
                plain.add(target.flip());
            }
            boolean progressed = result.bytesConsumed() > 0 || result.bytesProduced() > 0;
            if (established
                    && result.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
                    && ConnectionTls.isNative(engine)) {
                // The engine may have failed: it first returns the alert to send, then the failure, and only once
                while (wrapPending(next, session)) {
                    progressed = true;
                }
            }
            progressed |= advance(next, session);
            if (!progressed) {
                break;
            }
        }
        if (!received.hasRemaining()) {
            received = ByteBuffer.allocate(0);
        }
    }

    /** Runs the tasks and sends the messages of the handshake. */
    @GuardedBy("this")
    private boolean advance(NextFilter next, IoSession session) throws SSLException {
        boolean progressed = false;
        while (true) {
            HandshakeStatus status = engine.getHandshakeStatus();
            if (status == HandshakeStatus.NEED_TASK) {
                if (established) {
                    throw new SSLException(
                            "renegotiation is refused: it would let clients waste the server's CPU time");
                }
                ConnectionTls.runTasks(engine);
            } else if (status == HandshakeStatus.NEED_WRAP) {
                if (!wrapPending(next, session)) {
                    break;
                }
            } else {
                if (!established && status == HandshakeStatus.NOT_HANDSHAKING) {
                    established = true;
                    tls.controlEstablished(engine.getSession());
                    for (WriteRequest request = waiting.poll(); request != null; request = waiting.poll()) {
                        encrypt(next, session, request);
                    }
                }
                break;
            }
            progressed = true;
        }
        return progressed;
    }

    /** Sends the engine's own output. */
    @GuardedBy("this")
    private boolean wrapPending(NextFilter next, IoSession session) throws SSLException {
        ByteBuffer target = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), target);
        if (target.position() == 0) {
            return false;
        }
        next.filterWrite(session, new DefaultWriteRequest(IoBuffer.wrap(target.flip())));
        return true;
    }

    @GuardedBy("this")
    private void encrypt(NextFilter next, IoSession session, WriteRequest request) throws SSLException {
        ByteBuffer plain = ((IoBuffer) request.getMessage()).buf();
        int record = engine.getSession().getPacketBufferSize();
        ByteBuffer target = ByteBuffer.allocate(record);
        do {
            if (target.remaining() < record) {
                target = ByteBuffer.allocate(target.capacity() * 2 + record).put(target.flip());
            }
            SSLEngineResult result = engine.wrap(plain, target);
            if (result.bytesConsumed() == 0 && result.bytesProduced() == 0) {
                throw new SSLException("the reply could not be encrypted: " + result);
            }
        } while (plain.hasRemaining());
        request.setMessage(IoBuffer.wrap(target.flip()));
        next.filterWrite(session, request);
    }

    @GuardedBy("this")
    private void sendAlert(NextFilter next, IoSession session) {
        try {
            engine.closeOutbound();
            for (int i = 0; i < 4 && engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP; i++) {
                wrapPending(next, session);
            }
        } catch (SSLException e) {
            log.debug("The alert could not be sent: {}", e.getMessage());
        }
    }
}
