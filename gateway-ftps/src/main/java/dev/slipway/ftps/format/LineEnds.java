package dev.slipway.ftps.format;

import dev.slipway.ftps.data.DataChannel;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Converts line ends for type A (RFC 959, section 3.1.1.1): CRLF on the network, LF in the store. A file that is
 * downloaded and uploaded again is identical, since a CR is added to each LF and only a CR before an LF is removed. For
 * one transfer; not safe for use by several threads.
 */
public final class LineEnds {
    private static final byte CR = '\r';
    private static final byte LF = '\n';

    /** A CR that was received last: the next byte decides whether it is part of a line's end. */
    private boolean held;

    private boolean ended;

    /** Where bytes come from. */
    @FunctionalInterface
    public interface Source {
        /** See {@link DataChannel#read}. */
        int read(ByteBuffer target) throws IOException;
    }

    /** Where bytes go. */
    @FunctionalInterface
    public interface Sink {
        /** Takes all that remains. */
        void write(ByteBuffer source) throws IOException;
    }

    /**
     * Like {@link DataChannel#read}, but with the line ends of the store.
     *
     * @param target must have room for more than one byte
     */
    public int read(Source network, ByteBuffer target) throws IOException {
        while (!ended) {
            int start = target.position();
            if (held) {
                target.put(CR);
            }
            if (network.read(target) < 0) {
                ended = true;
                int rest = held ? 1 : -1;
                held = false;
                return rest;
            }
            int end = start;
            for (int i = start; i < target.position(); i++) {
                byte next = target.get(i);
                if (next == LF && end > start && target.get(end - 1) == CR) {
                    end--;
                }
                target.put(end++, next);
            }
            held = target.get(end - 1) == CR;
            target.position(held ? end - 1 : end);
            if (target.position() > start) {
                return target.position() - start;
            }
        }
        return -1;
    }

    /**
     * Writes stored bytes with the line ends of the network.
     *
     * @param scratch a buffer of at least two bytes; empty afterwards
     */
    public static void write(ByteBuffer stored, ByteBuffer scratch, Sink network) throws IOException {
        scratch.clear();
        while (stored.hasRemaining()) {
            byte next = stored.get();
            if (next == LF) {
                scratch.put(CR);
            }
            scratch.put(next);
            if (scratch.remaining() < 2 || !stored.hasRemaining()) {
                network.write(scratch.flip());
                scratch.clear();
            }
        }
    }

    /** How many bytes the conversion for the network adds. */
    public static int added(ByteBuffer stored) {
        int count = 0;
        for (int i = stored.position(); i < stored.limit(); i++) {
            if (stored.get(i) == LF) {
                count++;
            }
        }
        return count;
    }
}
