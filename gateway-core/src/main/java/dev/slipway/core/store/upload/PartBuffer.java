package dev.slipway.core.store.upload;

import dev.slipway.core.store.PartPool;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/** The part that is being filled, in chunks. Guarded by its upload. */
final class PartBuffer {
    private final CRC32 crc = new CRC32();
    private List<ByteBuffer> chunks = new ArrayList<>();
    private long bytes;

    /**
     * A complete part.
     *
     * @param chunks its bytes, ready to be read
     * @param crc their CRC-32
     */
    record Filled(List<ByteBuffer> chunks, long bytes, int crc) {}

    /** The number of bytes in the part. */
    long bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return bytes == 0;
    }

    /** The capacity of the part's chunks in bytes. */
    long chunkBytes() {
        return (long) chunks.size() * PartPool.CHUNK_BYTES;
    }

    /** Whether the next byte needs another chunk. */
    boolean needsChunk() {
        return bytes == chunkBytes();
    }

    void add(ByteBuffer chunk) {
        chunks.add(chunk);
    }

    /**
     * Copies bytes to the last chunk, as far as they fit.
     *
     * @param most the most bytes to copy
     * @return the number of bytes copied
     */
    int append(ByteBuffer data, long most) {
        int at = (int) (bytes % PartPool.CHUNK_BYTES);
        int count = (int) Math.min(Math.min(data.remaining(), PartPool.CHUNK_BYTES - at), most);
        ByteBuffer slice = data.slice(data.position(), count);
        crc.update(slice.duplicate());
        chunks.getLast().put(at, slice, 0, count);
        data.position(data.position() + count);
        bytes += count;
        return count;
    }

    /** Returns the part, and starts an empty one. */
    Filled take() {
        for (ByteBuffer chunk : chunks) {
            chunk.clear();
        }
        if (!chunks.isEmpty()) {
            chunks.getLast().limit((int) (bytes - (chunks.size() - 1L) * PartPool.CHUNK_BYTES));
        }
        Filled filled = new Filled(chunks, bytes, (int) crc.getValue());
        chunks = new ArrayList<>();
        bytes = 0;
        crc.reset();
        return filled;
    }
}
