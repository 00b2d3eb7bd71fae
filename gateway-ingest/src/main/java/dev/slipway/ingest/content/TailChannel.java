package dev.slipway.ingest.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;

/**
 * Reads a zip in few pieces: its end, which is searched backwards for the directory, is read at once, and small gaps between
 * members are read over. To the store, another position is another request.
 */
final class TailChannel extends ReadOnlyChannel {
    /** Where the end of the directory is looked for: the longest comment and more. */
    private static final int TAIL = 128 << 10;

    /** Longer ones are worth a request. */
    private static final int GAP = 128 << 10;

    /** What an entry of the directory has on average, and more than tools write. */
    private static final int ENTRY = 256;

    private final SeekableByteChannel file;
    private final long tailStart;
    private ByteBuffer tail = ByteBuffer.allocate(0);
    private long left = Long.MAX_VALUE;

    /** @param file not closed with this */
    TailChannel(SeekableByteChannel file) throws IOException {
        super(file.size());
        this.file = file;
        this.tailStart = Math.max(0, size() - TAIL);
    }

    /** Bounds what is read from now on to what the directory may need. */
    void bound(ExpansionLimits limits) {
        left = TAIL + (long) limits.entries() * ENTRY;
    }

    void unbound() {
        left = Long.MAX_VALUE;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (position() >= size()) {
            return -1;
        }
        int read = advance(position() >= tailStart ? readTail(target) : readFile(target));
        if (left != Long.MAX_VALUE) {
            left -= Math.max(0, read);
            if (left < 0) {
                throw new ExpansionException("The directory of the archive is larger than the limits allow.");
            }
        }
        return read;
    }

    private int readTail(ByteBuffer target) throws IOException {
        if (tail.capacity() == 0 && size() > 0) {
            ByteBuffer bytes = ByteBuffer.allocate((int) (size() - tailStart));
            file.position(tailStart);
            while (bytes.hasRemaining() && file.read(bytes) >= 0) {
                // Reads on.
            }
            if (bytes.hasRemaining()) {
                throw new IOException("the file ends before its size");
            }
            tail = bytes.flip();
        }
        int offset = (int) (position() - tailStart);
        int length = Math.min(target.remaining(), tail.capacity() - offset);
        target.put(tail.slice(offset, length));
        return length;
    }

    private int readFile(ByteBuffer target) throws IOException {
        long gap = position() - file.position();
        if (gap > 0 && gap <= GAP) {
            ByteBuffer between = ByteBuffer.allocate((int) gap);
            while (between.hasRemaining() && file.read(between) >= 0) {
                // Reads over it.
            }
        }
        if (file.position() != position()) {
            file.position(position());
        }
        int limit = target.limit();
        target.limit((int) Math.min(limit, target.position() + tailStart - position()));
        try {
            return file.read(target);
        } finally {
            target.limit(limit);
        }
    }
}
