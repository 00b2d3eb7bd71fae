package dev.slipway.ftps.data;

import dev.slipway.ftps.tls.ConnectionTls;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/** The TLS handshake of a data connection, with an engine of the JDK or of BoringSSL. */
final class TlsHandshake {
    private final SSLEngine engine;
    private final TlsRecords records;

    /** For plain bytes; a handshake has none. */
    private final ByteBuffer nothing;

    TlsHandshake(SSLEngine engine, TlsRecords records) {
        this.engine = engine;
        this.records = records;
        this.nothing = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    }

    /** Blocks until it is done. */
    void run() throws IOException {
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> ConnectionTls.runTasks(engine);
                case NEED_WRAP -> records.wrapHandshake(engine);
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    // BoringSSL only notices on another call that the handshake is over; the next record then belongs
                    // to the file, or is its end
                    engine.unwrap(ByteBuffer.allocate(0), nothing);
                    if (isReadNeeded()) {
                        unwrap();
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
                        records.flush();
                    }
                    return;
                }
            }
        }
    }

    private void unwrap() throws IOException {
        SSLEngineResult result = records.unwrap(engine, nothing);
        if (result.bytesProduced() > 0) {
            throw new SSLException("the TLS handshake consumed part of the file");
        }
        if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
            throw new SSLException("the client sent a TLS record that is too large");
        }
        if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW && isReadNeeded()) {
            records.flush();
            records.fillForHandshake();
        }
        if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
            throw new SSLException("the client refused the TLS handshake");
        }
    }

    private boolean isReadNeeded() {
        HandshakeStatus status = engine.getHandshakeStatus();
        return status == HandshakeStatus.NEED_UNWRAP || status == HandshakeStatus.NEED_UNWRAP_AGAIN;
    }
}
