package dev.slipway.ingest.archive;

import dev.slipway.core.Failure;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ReadReservation;
import dev.slipway.core.store.ReadReservations;
import dev.slipway.core.store.StoreException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Reads files in their order, each once and in the version that was listed. Small ones are fetched ahead, several at
 * once. All memory is reserved at the beginning: who reads holds the memory of an upload, and must not wait for more.
 */
final class Originals implements FileSource.Contents {
    private static final int SMALL = 256 << 10;
    private static final int AHEAD = 16;

    private final List<ObjectInfo> files;

    /** The reservations that no reader uses. */
    private final BlockingQueue<ReadReservation> unused = new ArrayBlockingQueue<>(AHEAD);

    private final List<ReadReservation> reservations = new ArrayList<>();
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("archive").factory());
    private final Deque<Future<byte[]>> fetched = new ArrayDeque<>();
    private int position;
    private int begun;

    private Originals(List<ObjectInfo> files) {
        this.files = files;
    }

    /**
     * Reserves memory to read files.
     *
     * @param account that reads
     * @param wait how long to wait for the memory of one reader; that of others is only taken if it is free
     * @throws StoreException {@link Failure#BUSY} if no memory became free in that time
     */
    static Originals reserve(ReadReservations memory, String account, List<ObjectInfo> files, Duration wait)
            throws StoreException {
        Originals originals = new Originals(files);
        originals.add(memory.reserve(account, wait));
        try {
            while (originals.reservations.size() < Math.min(AHEAD, files.size())) {
                originals.add(memory.reserve(account, Duration.ZERO));
            }
        } catch (StoreException e) {
            if (e.failure() != Failure.BUSY) {
                originals.close();
                throw e;
            }
        }
        return originals;
    }

    private void add(ReadReservation reservation) {
        reservations.add(reservation);
        unused.add(reservation);
    }

    @Override
    public InputStream next() throws IOException {
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
        reservations.forEach(ReadReservation::close);
    }

    /** A file from its beginning to its end. */
    private final class Whole extends InputStream {
        private final ObjectInfo file;
        private final ReadReservation reservation;
        private final ObjectReader reader;
        private final byte[] one = new byte[1];
        private boolean closed;

        Whole(ObjectInfo file) throws IOException {
            this.file = file;
            this.reservation = take();
            this.reader = reservation.read(file);
        }

        /** Waits for other readers of this only, which need nothing else. */
        private ReadReservation take() throws InterruptedIOException {
            try {
                return unused.take();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException();
            }
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
            if (!closed) {
                closed = true;
                reader.close();
                unused.add(reservation);
            }
        }
    }
}
