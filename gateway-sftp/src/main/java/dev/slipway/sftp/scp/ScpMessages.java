package dev.slipway.sftp.scp;

import dev.slipway.sftp.transport.ChannelCommand;
import java.io.EOFException;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The messages of {@code scp}'s old protocol: lines, and a status byte in answer to each: 0, or 1 (a warning) or 2 (the
 * end) with a line of text.
 */
final class ScpMessages {
    private static final int LONGEST_LINE = 8 * 1024;

    static final int OK = 0;
    static final int WARNING = 1;
    static final int END = 2;

    private final ChannelCommand channel;
    private boolean failed;

    ScpMessages(ChannelCommand channel) {
        this.channel = channel;
    }

    /** Whether either side has reported a problem. */
    boolean hasFailed() {
        return failed;
    }

    /** Notes a problem that the client has reported outside of an answer. */
    void fail() {
        failed = true;
    }

    /** Says that all is well. */
    void ok() throws IOException {
        status(OK, null);
    }

    /** Reports a problem, after which the copy continues. */
    void warn(@Nullable String message) throws IOException {
        status(WARNING, message);
    }

    /** Reports a problem that ends the copy. */
    void end(@Nullable String message) throws IOException {
        status(END, message);
    }

    private void status(int code, @Nullable String message) throws IOException {
        byte[] bytes = {(byte) code};
        if (code != OK) {
            failed = true;
            String line = String.valueOf((char) code) + "scp: "
                    + String.valueOf(message).replace('\n', ' ') + "\n";
            bytes = line.getBytes(StandardCharsets.UTF_8);
        }
        channel.write(bytes, 0, bytes.length);
    }

    /** Sends a line; returns whether the client accepts it. */
    boolean accepted(String line) throws IOException {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        channel.write(bytes, 0, bytes.length);
        return clientStatus() == null;
    }

    /** Reads the client's status; null if all is well, otherwise its complaint. */
    @Nullable
    String clientStatus() throws IOException {
        ByteBuffer code = channel.input().next(1);
        if (code == null) {
            throw new EOFException("the input ended where a status was expected");
        }
        int value = code.get();
        if (value == OK) {
            return null;
        }
        if (value != WARNING && value != END) {
            throw new StreamCorruptedException("status " + value);
        }
        failed = true;
        String line = line();
        if (value == END || line == null) {
            throw new EOFException("the client aborted the copy");
        }
        return line;
    }

    /** The next line without its end, at least one character; null at the end of the input. */
    @Nullable
    String line() throws IOException {
        ByteBuffer line = ByteBuffer.allocate(LONGEST_LINE);
        while (true) {
            ByteBuffer one = channel.input().next(1);
            if (one == null) {
                if (line.position() == 0) {
                    return null;
                }
                throw new EOFException("the input ended inside a line");
            }
            byte value = one.get();
            if (value == '\n') {
                break;
            }
            if (!line.hasRemaining()) {
                throw new StreamCorruptedException("a line of more than " + LONGEST_LINE + " bytes");
            }
            line.put(value);
        }
        if (line.position() == 0) {
            throw new StreamCorruptedException("an empty line");
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(line.flip()).toString();
        } catch (CharacterCodingException e) {
            end("The name is not valid UTF-8.");
            throw e;
        }
    }
}
