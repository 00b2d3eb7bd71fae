package dev.slipway.admin.control;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;

/**
 * A frame on a control socket: a byte for its kind, four bytes for its length, and the content. The client sends one
 * {@link #COMMAND} and then {@link #TERMINAL}s; the gateway answers with the output as it comes and, last, the {@link #STATUS}.
 */
final class Frame {
    /**
     * The columns of the terminal (0 if there is none), then the words of the command, each after a zero byte. A zero
     * before the columns means that the terminal can show all Unicode characters. Earlier gateways read it as a part of the
     * number, of which they accept four digits at most.
     */
    static final byte COMMAND = 'C';

    /** The columns of the terminal, whenever they have changed. Earlier gateways ignore it. */
    static final byte TERMINAL = 'T';

    /** Bytes for the standard output. */
    static final byte OUTPUT = 'O';

    /** Bytes for the standard error. */
    static final byte ERROR = 'E';

    /** The exit status, in decimal. */
    static final byte STATUS = 'S';

    /** The most bytes of one. */
    static final int LONGEST = 1 << 20;

    private final byte kind;
    private final byte[] bytes;

    /**
     * One frame.
     *
     * @param kind one of the constants
     * @param bytes at most {@link #LONGEST}; owned by the frame
     */
    Frame(byte kind, byte[] bytes) {
        this.kind = kind;
        this.bytes = bytes;
    }

    byte kind() {
        return kind;
    }

    byte[] bytes() {
        return bytes;
    }

    /**
     * Reads the next frame. Blocks.
     *
     * @throws EOFException if the other end has closed the socket
     */
    static Frame read(DataInputStream in) throws IOException {
        byte kind = in.readByte();
        int length = in.readInt();
        if (length < 0 || length > LONGEST) {
            throw new IOException("the other end is of another version: its protocol differs");
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return new Frame(kind, bytes);
    }

    void write(DataOutputStream out) throws IOException {
        out.writeByte(kind);
        out.writeInt(bytes.length);
        out.write(bytes);
        out.flush();
    }
}
