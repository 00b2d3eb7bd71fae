package dev.slipway.ingest.archive;

import com.google.errorprone.annotations.Immutable;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Where the frames of a compressed archive are. It is the last frame of the archive, one that decompressors skip.
 *
 * @see <a href="https://github.com/facebook/zstd/blob/dev/contrib/seekable_format/zstd_seekable_compression_format.md">
 *     Zstandard Seekable Format</a>
 */
final class SeekTable {
    private static final int SKIPPABLE_MAGIC = 0x184D2A5E;
    private static final int SEEKABLE_MAGIC = 0x8F92EAB1;
    private static final int HEADER = 8;
    private static final int FOOTER = 9;
    private static final int ENTRY = 8;

    /** What a table may take when it is read: those of archives of 16 TiB are smaller. */
    private static final int MOST_FRAMES = 1 << 23;

    /** Offsets of the frames, and at last the end, in the object and in what was compressed. */
    private long[] compressed = new long[16];

    private long[] plain = new long[16];
    private int frames;

    /** Where bytes are found. */
    @Immutable
    record Range(long offset, long length, long contentOffset) {}

    void add(int compressedBytes, int plainBytes) {
        if (frames + 2 > compressed.length) {
            compressed = Arrays.copyOf(compressed, 2 * compressed.length);
            plain = Arrays.copyOf(plain, 2 * plain.length);
        }
        compressed[frames + 1] = compressed[frames] + compressedBytes;
        plain[frames + 1] = plain[frames] + plainBytes;
        frames++;
    }

    /**
     * The frames that have some bytes.
     *
     * @param position of the first of them, at least 1, since a header precedes
     */
    Range range(long position, long size) {
        int first = frame(size == 0 ? position - 1 : position);
        int last = frame(size == 0 ? position - 1 : position + size - 1);
        return new Range(compressed[first], compressed[last + 1] - compressed[first], position - plain[first]);
    }

    private int frame(long position) {
        int at = Arrays.binarySearch(plain, 0, frames, position);
        return at >= 0 ? at : -at - 2;
    }

    /**
     * Where bytes were before they were compressed.
     *
     * @throws IOException the range does not begin and end with frames, or the bytes are not in it
     */
    long position(Range range, long size) throws IOException {
        int first = Arrays.binarySearch(compressed, 0, frames + 1, range.offset());
        if (first >= 0 && first < frames) {
            long position = plain[first] + range.contentOffset();
            if (position + size <= plain[frames]
                    && position > 0
                    && range(position, size).equals(range)) {
                return position;
            }
        }
        throw new IOException("no frames begin at byte " + range.offset() + " and end " + range.length()
                + " bytes later, and have the content");
    }

    /** The frame with the table. */
    byte[] bytes() {
        int length = HEADER + frames * ENTRY + FOOTER;
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(SKIPPABLE_MAGIC).putInt(length - HEADER);
        for (int i = 0; i < frames; i++) {
            buffer.putInt((int) (compressed[i + 1] - compressed[i])).putInt((int) (plain[i + 1] - plain[i]));
        }
        // No checksums here: each frame has its own.
        buffer.putInt(frames).put((byte) 0).putInt(SEEKABLE_MAGIC);
        return buffer.array();
    }

    /** Reads the table at the end of an archive. */
    static SeekTable read(ObjectStore store, ObjectInfo archive, String account) throws IOException {
        if (archive.size() < HEADER + FOOTER) {
            throw new IOException("the archive is too short");
        }
        ByteBuffer footer = read(store, archive, account, FOOTER);
        int frames = footer.getInt();
        byte descriptor = footer.get();
        if (footer.getInt() != SEEKABLE_MAGIC || descriptor != 0 || frames < 0 || frames > MOST_FRAMES) {
            throw new IOException("the archive does not end with a seek table");
        }
        ByteBuffer table = read(store, archive, account, HEADER + frames * ENTRY + FOOTER);
        if (table.getInt() != SKIPPABLE_MAGIC || table.getInt() != frames * ENTRY + FOOTER) {
            throw new IOException("the seek table does not begin where it should");
        }
        SeekTable result = new SeekTable();
        for (int i = 0; i < frames; i++) {
            result.add(table.getInt(), table.getInt());
        }
        return result;
    }

    private static ByteBuffer read(ObjectStore store, ObjectInfo archive, String account, int last) throws IOException {
        if (archive.size() < last) {
            throw new IOException("the archive is shorter than its seek table");
        }
        ByteBuffer buffer = ByteBuffer.allocate(last).order(ByteOrder.LITTLE_ENDIAN);
        try (ObjectReader reader = store.read(archive, archive.size() - last, account)) {
            while (buffer.hasRemaining() && reader.read(buffer) >= 0) {
                // Until it is full.
            }
        }
        if (buffer.hasRemaining()) {
            throw new IOException("the archive ends too early");
        }
        return buffer.flip();
    }
}
