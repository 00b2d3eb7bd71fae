package dev.slipway.ingest.content;

import dev.slipway.core.VfsException;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** What a library decompresses: counted, and with failures that say what is wrong. */
class MeteredStream extends InputStream {
    private final InputStream in;
    private final Meter meter;
    private final byte[] one = new byte[1];

    /** @param in from a library; remains the caller's */
    MeteredStream(InputStream in, Meter meter) {
        this.in = in;
        this.meter = meter;
    }

    @Override
    public int read() throws IOException {
        int read = read(one, 0, 1);
        return read < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int read;
        try {
            read = in.read(target, offset, length);
        } catch (IOException | RuntimeException e) {
            throw failure(e);
        }
        if (read > 0) {
            meter.add(read);
        }
        return read;
    }

    /** Reads and checks what is left. */
    void finish() throws IOException {
        byte[] buffer = new byte[1 << 13];
        while (read(buffer, 0, buffer.length) >= 0) {
            // Only its checks matter.
        }
    }

    /** What a library failed with: our own failures as they are, anything else as damage. */
    static IOException failure(Exception e) {
        for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof VfsException || cause instanceof ExpansionException) {
                return (IOException) cause;
            }
        }
        return new ExpansionException(
                "The file cannot be read; it may be damaged, or not complete: " + e.getMessage(), e);
    }
}
