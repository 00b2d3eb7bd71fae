package dev.slipway.ingest.content;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Bounds how much a library reads before it gives something back. Headers of some formats are kept in memory whole, however
 * long they say they are.
 */
final class BoundedInput extends FilterInputStream {
    /** More than the longest header that real tools write. */
    private static final long HEADERS = 1 << 20;

    private long left = Long.MAX_VALUE;

    BoundedInput(InputStream in) {
        super(in);
    }

    /** From here on, headers are read. */
    void beginHeaders() {
        left = HEADERS;
    }

    /** From here on, contents are read. */
    void endHeaders() {
        left = Long.MAX_VALUE;
    }

    @Override
    public int read() throws IOException {
        int read = super.read();
        counted(read < 0 ? 0 : 1);
        return read;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        return (int) counted(super.read(target, offset, length));
    }

    @Override
    public long skip(long bytes) throws IOException {
        return counted(super.skip(bytes));
    }

    private long counted(long bytes) throws ExpansionException {
        if (bytes > 0 && left != Long.MAX_VALUE) {
            left -= bytes;
            if (left < 0) {
                throw new ExpansionException("The file has a header of more than 1 MiB.");
            }
        }
        return bytes;
    }
}
