package dev.slipway.admin.shell;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.InputStream;

/**
 * A client's input, up to a number of bytes for each command: it ends there, so that an endless line takes no more
 * memory. Input that is read ahead counts for the command that reads it.
 */
final class ShellInput extends InputStream {
    /** As many as the terminals of operating systems take: a line editor draws the whole line for each character. */
    static final int TYPED = 4096;

    /** Twice the longest text that a command takes from its standard input. */
    static final int PIPED = 128 * 1024;

    private final InputStream source;
    private final int limit;

    @GuardedBy("this")
    private int left;

    @GuardedBy("this")
    private boolean exceeded;

    ShellInput(InputStream source, int limit) {
        this.source = source;
        this.limit = limit;
        this.left = limit;
    }

    /** Another command begins. */
    synchronized void next() {
        left = limit;
    }

    /** Whether more was typed than is taken. */
    synchronized boolean isExceeded() {
        return exceeded;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int start, int length) throws IOException {
        int most = allowed(length);
        return most < 0 ? -1 : taken(source.read(bytes, start, most));
    }

    private synchronized int allowed(int length) {
        exceeded |= left == 0;
        return exceeded ? -1 : Math.min(length, left);
    }

    private synchronized int taken(int count) {
        left -= Math.clamp(count, 0, left);
        return count;
    }
}
