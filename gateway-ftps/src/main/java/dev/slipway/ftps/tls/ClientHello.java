package dev.slipway.ftps.tls;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The relevant parts of the first message of a TLS client (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2). They only
 * decide which engine reads the message; the engine itself validates it.
 *
 * @param offersSession whether the client asks to resume a session
 */
public record ClientHello(boolean offersSession) {
    private static final int HANDSHAKE = 22;
    private static final int CLIENT_HELLO = 1;
    private static final int RECORD_HEADER = 5;
    private static final int MESSAGE_HEADER = 4;

    /** A longer one is left to the engine. */
    private static final int LONGEST = 16 * 1024;

    private static final int SESSION_TICKET = 35;
    private static final int PRE_SHARED_KEY = 41;
    private static final int SUPPORTED_VERSIONS = 43;

    private static final ClientHello UNREADABLE = new ClientHello(false);

    /** Reads the message at the buffer's position, which stays; empty if more bytes are needed. */
    public static Optional<ClientHello> read(ByteBuffer received) {
        ByteBuffer records = received.duplicate();
        ByteBuffer message = ByteBuffer.allocate(records.remaining());
        while (records.remaining() >= RECORD_HEADER) {
            if (records.get() != HANDSHAKE) {
                return Optional.of(UNREADABLE);
            }
            records.getShort(); // a version that means nothing
            int length = records.getShort() & 0xFFFF;
            int present = Math.min(length, records.remaining());
            message.put(records.slice(records.position(), present));
            records.position(records.position() + present);
            if (present < length) {
                break;
            }
        }
        message.flip();
        if (message.remaining() < MESSAGE_HEADER) {
            return Optional.empty();
        }
        int header = message.getInt();
        int length = header & 0xFF_FFFF;
        if (header >>> 24 != CLIENT_HELLO || length > LONGEST) {
            return Optional.of(UNREADABLE);
        }
        if (message.remaining() < length) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ClientHello(offersSession(message.limit(message.position() + length))));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return Optional.of(UNREADABLE);
        }
    }

    private static boolean offersSession(ByteBuffer body) {
        skip(body, 2 + 32); // version and random
        int sessionId = body.get() & 0xFF;
        skip(body, sessionId);
        skip(body, body.getShort() & 0xFFFF); // cipher suites
        skip(body, body.get() & 0xFF); // compression methods
        boolean speaksOnlyOldVersions = true;
        if (body.hasRemaining()) {
            skip(body, 2);
        }
        while (body.hasRemaining()) {
            int type = body.getShort() & 0xFFFF;
            int length = body.getShort() & 0xFFFF;
            if (type == PRE_SHARED_KEY || (type == SESSION_TICKET && length > 0)) {
                return true;
            }
            speaksOnlyOldVersions &= type != SUPPORTED_VERSIONS;
            skip(body, length);
        }
        // Newer clients send a meaningless id.
        return speaksOnlyOldVersions && sessionId > 0;
    }

    private static void skip(ByteBuffer body, int count) {
        body.position(body.position() + count);
    }
}
