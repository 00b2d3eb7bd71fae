package dev.slipway.sftp.transport;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.util.Readable;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Input that arrives while another thread handles one of the client's messages: messages of a session are handled in
 * order, one at a time. Safe for use by several threads.
 */
final class HeldInput {
    private enum State {
        /** Nothing is being handled elsewhere. */
        PASSING,
        HOLDING,
        /** The session has failed: further input is discarded. */
        DISCARDING
    }

    private final IoSession connection;
    private final int limit;

    @GuardedBy("this")
    private State state = State.PASSING;

    @GuardedBy("this")
    private @Nullable ByteArrayBuffer held;

    /** @param limit how many bytes are held before reading from the connection pauses */
    HeldInput(IoSession connection, int limit) {
        this.connection = connection;
        this.limit = limit;
    }

    /** Starts holding input. */
    synchronized void begin() {
        if (state == State.PASSING) {
            state = State.HOLDING;
        }
    }

    /**
     * Holds input, if it must not be decoded now.
     *
     * @return false if it may be decoded at once
     */
    synchronized boolean take(Readable received) {
        if (state == State.PASSING) {
            return false;
        }
        if (state == State.HOLDING) {
            ByteArrayBuffer buffer = held == null ? new ByteArrayBuffer(received.available()) : held;
            buffer.compact();
            buffer.putBuffer(received);
            held = buffer;
            if (buffer.available() > limit) {
                connection.suspendRead();
            }
        }
        return true;
    }

    /** How many bytes are held. */
    synchronized int size() {
        return held == null ? 0 : held.available();
    }

    /**
     * Returns the first held bytes. If there are none, holding ends and reading continues.
     *
     * @param most how many bytes, at least 1
     * @return null where there are none
     */
    synchronized @Nullable ByteArrayBuffer next(int most) {
        ByteArrayBuffer buffer = held;
        if (buffer == null || buffer.available() == 0) {
            held = null;
            if (state == State.HOLDING) {
                state = State.PASSING;
            }
            connection.resumeRead();
            return null;
        }
        byte[] bytes = new byte[Math.min(most, buffer.available())];
        buffer.getRawBytes(bytes);
        return new ByteArrayBuffer(bytes);
    }

    /** Drops held and all further input. */
    synchronized void discard() {
        state = State.DISCARDING;
        held = null;
        connection.resumeRead();
    }
}
