package dev.slipway.core.archive;

import com.github.luben.zstd.NoPool;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Failure;
import dev.slipway.core.store.MemorySlot;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a member of an archive that is compressed with zstd. Everything before the offset is decompressed and dropped,
 * from the beginning of the member's first frame.
 */
final class DecompressedReader implements ObjectReader {
    /** The largest window of a frame, as a power of two: 2 MiB. */
    private static final int WINDOW_LOG = 21;

    private static final int BUFFER_BYTES = 64 << 10;

    /** What a reader needs at most: the window with what zstd adds to it, and buffers. */
    static final long MEMORY_BYTES = 3L << 20;

    private final ObjectInfo info;
    private final ArchivedObject object;
    private final ObjectReader archive;
    private final MemorySlot memory;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private long position;

    /** Bytes to drop before the next that is returned. */
    private long toSkip;

    @GuardedBy("this")
    private @Nullable InputStream content;

    @GuardedBy("this")
    private boolean reading;

    @GuardedBy("this")
    private boolean closed;

    /**
     * @param offset in the member, in bytes
     * @param archive reads the member's frames; owned by this reader
     * @param memory {@link #MEMORY_BYTES}; owned by this reader
     */
    DecompressedReader(ArchivedObject object, long offset, ObjectReader archive, MemorySlot memory) {
        this.info = object.info();
        this.object = object;
        this.archive = archive;
        this.memory = memory;
        this.position = offset;
        this.toSkip = object.member().contentOffset() + offset;
    }

    @Override
    public ObjectInfo info() {
        return info;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public int read(ByteBuffer target) throws StoreException {
        if (position >= info.size()) {
            return -1;
        }
        if (!target.hasRemaining()) {
            return 0;
        }
        InputStream from = begin();
        try {
            while (toSkip > 0) {
                toSkip -= take(from, (int) Math.min(buffer.length, toSkip));
            }
            int wanted = (int) Math.min(Math.min(buffer.length, target.remaining()), info.size() - position);
            int read = take(from, wanted);
            target.put(buffer, 0, read);
            position += read;
            return read;
        } catch (StoreException e) {
            throw MemberReader.failure(object, e);
        } catch (IOException e) {
            throw new StoreException(
                    Failure.INTEGRITY,
                    object.key() + " cannot be decompressed from "
                            + object.archive().key() + ": " + e.getMessage(),
                    e);
        } finally {
            finish();
        }
    }

    /** Decompresses at least one byte. */
    private int take(InputStream from, int wanted) throws IOException {
        int read = from.read(buffer, 0, wanted);
        if (read < 0) {
            throw new IOException("it ends too early");
        }
        return read;
    }

    private synchronized InputStream begin() throws StoreException {
        if (closed) {
            throw new StoreException(Failure.ABORTED, "GET " + object.key() + ": the reader was closed");
        }
        InputStream present = content;
        if (present == null) {
            try {
                present =
                        new ZstdInputStreamNoFinalizer(new Compressed(archive), NoPool.INSTANCE).setLongMax(WINDOW_LOG);
            } catch (IOException e) {
                throw new StoreException(Failure.INTERNAL, "zstd cannot be used: " + e.getMessage(), e);
            }
            content = present;
        }
        reading = true;
        return present;
    }

    /** Native memory is not freed while another thread uses it. */
    private synchronized void finish() {
        reading = false;
        if (closed) {
            free();
        }
    }

    @GuardedBy("this")
    private void free() {
        InputStream present = content;
        content = null;
        try {
            if (present != null) {
                present.close();
            }
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory failed", e);
        } finally {
            memory.close();
        }
    }

    @Override
    public void close() {
        archive.close();
        synchronized (this) {
            if (!closed) {
                closed = true;
                if (!reading) {
                    free();
                }
            }
        }
    }

    /** The frames, as a stream. */
    private static final class Compressed extends InputStream {
        private final ObjectReader archive;

        Compressed(ObjectReader archive) {
            this.archive = archive;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            return length == 0 ? 0 : archive.read(ByteBuffer.wrap(target, offset, length));
        }
    }
}
