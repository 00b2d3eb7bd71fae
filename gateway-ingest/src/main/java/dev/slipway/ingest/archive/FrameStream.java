package dev.slipway.ingest.archive;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Compresses into frames that can be decompressed alone, with a window of at most 2 MiB. Closing it does nothing; see
 * {@link #finish} and {@link #free}.
 */
final class FrameStream extends OutputStream {
    /** The most that one frame has. Its window is no larger. */
    private static final int MOST = 2 << 20;

    /** Smaller files share a frame. To read one, at most this and the file are decompressed, and a header. */
    private static final int ENOUGH = 64 << 10;

    private static final int LEVEL = 3;

    private final OutputStream out;
    private final ZstdCompressCtx context = new ZstdCompressCtx();
    private final SeekTable table = new SeekTable();
    private final byte[] plain = new byte[MOST];
    private final byte[] compressed = new byte[Math.toIntExact(Zstd.compressBound(MOST))];
    private int filled;
    private long size;

    /** @param out remains the caller's */
    FrameStream(OutputStream out) {
        this.out = out;
        context.setLevel(LEVEL);
        context.setChecksum(true);
        context.setContentSize(true);
    }

    /** How many bytes were written to this. */
    long size() {
        return size;
    }

    SeekTable table() {
        return table;
    }

    /** What follows is the header of a member. */
    void beginMember() throws IOException {
        if (filled >= ENOUGH) {
            endFrame();
        }
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int done = 0;
        while (done < length) {
            int some = Math.min(length - done, MOST - filled);
            System.arraycopy(bytes, offset + done, plain, filled, some);
            filled += some;
            size += some;
            done += some;
            if (filled == MOST) {
                endFrame();
            }
        }
    }

    private void endFrame() throws IOException {
        if (filled > 0) {
            int length = context.compressByteArray(compressed, 0, compressed.length, plain, 0, filled);
            out.write(compressed, 0, length);
            table.add(length, filled);
            filled = 0;
        }
    }

    /** Writes what is left, and the seek table. */
    void finish() throws IOException {
        endFrame();
        out.write(table.bytes());
    }

    /** Frees the memory of the compressor; after {@link #finish}, or instead of it. */
    void free() {
        context.close();
    }
}
