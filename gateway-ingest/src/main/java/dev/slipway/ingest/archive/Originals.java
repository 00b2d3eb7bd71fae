package dev.slipway.ingest.archive;

import dev.slipway.core.Failure;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Reads files in their order, each once and in the version that was listed. Small ones are fetched ahead, several at
 * once.
 */
final class Originals implements AutoCloseable {
    private static final int SMALL = 256 << 10;
    private static final int AHEAD = 16;

    private final ObjectStore store;
    private final String account;
    private final List<ObjectInfo> files;
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("archive").factory());
    private final Deque<Future<byte[]>> fetched = new ArrayDeque<>();
    private int position;
    private int begun;

    Originals(ObjectStore store, String account, List<ObjectInfo> files) {
        this.store = store;
        this.account = account;
        this.files = files;
    }

    /**
     * The content of the next file. Blocks until the store has sent its first bytes.
     *
     * @return has as many bytes as the file, and is closed by the caller
     * @throws LeftOutException also thrown by the stream
     */
    InputStream next() throws IOException {
        while (begun < files.size() && begun < position + AHEAD) {
            ObjectInfo file = files.get(begun++);
            if (file.size() <= SMALL) {
                fetched.add(threads.submit(() -> fetch(file)));
            }
        }
        ObjectInfo file = files.get(position++);
        return file.size() <= SMALL ? new ByteArrayInputStream(await(fetched.remove())) : new Whole(file);
    }

    private static byte[] await(Future<byte[]> content) throws IOException {
        try {
            return content.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private byte[] fetch(ObjectInfo file) throws IOException {
        try (InputStream in = new Whole(file)) {
            return in.readAllBytes();
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
        threads.close();
    }

    /** A file from its beginning to its end. */
    private final class Whole extends InputStream {
        private final ObjectInfo file;
        private final ObjectReader reader;
        private final byte[] one = new byte[1];

        Whole(ObjectInfo file) throws IOException {
            this.file = file;
            this.reader = store.read(file, 0, account);
        }

        @Override
        public int read() throws IOException {
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            try {
                int read = reader.read(ByteBuffer.wrap(target, offset, length));
                if (read < 0 && reader.position() < file.size()) {
                    throw new EOFException(file.key() + " ended after " + reader.position() + " bytes");
                }
                return read;
            } catch (StoreException e) {
                boolean isChanged = e.failure() == Failure.CONFLICT || e.failure() == Failure.NOT_FOUND;
                throw isChanged || e.failure() == Failure.ARCHIVED ? new LeftOutException(file.key(), isChanged, e) : e;
            }
        }

        @Override
        public void close() {
            reader.close();
        }
    }
}
