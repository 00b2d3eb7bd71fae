package dev.slipway.ingest.pull;

import dev.slipway.core.VfsException;
import dev.slipway.core.store.MemorySlot;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFileReader;
import dev.slipway.transfer.remote.RemoteReadChannel;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Copies a file of the remote into an upload: several ranges are read at once, each on its own channel, and written in their
 * order. Each range that is read ahead has its memory from a budget; while that is in use, fewer are. A range is as large as what a
 * channel has in flight.
 */
final class RangedCopy {
    /** The most bytes of a range. */
    static final int RANGE_BYTES = 2 << 20;

    /** What a file is read with while the budget is in use. */
    private static final int LEAST_BYTES = PartPool.CHUNK_BYTES;

    private final ReadChannels channels;
    private final PartPool memory;
    private final String account;

    /** @param memory for the ranges that are read ahead */
    RangedCopy(ReadChannels channels, PartPool memory, String account) {
        this.channels = channels;
        this.memory = memory;
        this.account = account;
    }

    /** Reads ranges one after the other into its own buffer. */
    private record Reader(RemoteReadChannel channel, RemoteFileReader file, ByteBuffer buffer) {
        Range read(long offset, int length) throws RemoteException {
            buffer.clear().limit(length);
            file.read(offset, buffer);
            return new Range(this, offset, length);
        }
    }

    /** A range that was read; its buffer has fewer bytes if the file ended. */
    private record Range(Reader reader, long offset, int length) {
        boolean isWhole() {
            return reader.buffer().position() == length;
        }
    }

    /**
     * Waits for a channel to read a file on. Whoever opens an upload does so afterwards: its memory would wait likewise.
     *
     * @param path of the file on the remote
     * @param size where the file ends; an empty one needs no channel
     */
    Turn turn(String path, long size) throws RemoteException, InterruptedException {
        List<RemoteReadChannel> taken = new ArrayList<>();
        if (size > 0) {
            taken.add(channels.take());
        }
        return new Turn(path, size, taken);
    }

    /** The turn of a file to be copied, once. Used by one thread. */
    final class Turn implements AutoCloseable {
        private final String path;
        private final long size;
        private final List<RemoteReadChannel> taken;

        private Turn(String path, long size, List<RemoteReadChannel> taken) {
            this.path = path;
            this.size = size;
            this.taken = taken;
        }

        /**
         * Copies the bytes from an offset to the end, and gives the channels back. Blocks.
         *
         * @param offset at most the size
         * @param digest is told of what is copied
         * @param progress likewise, of the number of bytes each time
         * @return whether the file has all these bytes
         */
        boolean copy(long offset, FileUpload upload, MessageDigest digest, LongConsumer progress)
                throws RemoteException, VfsException, InterruptedException {
            long bytes = size - offset;
            if (bytes == 0) {
                close();
                return true;
            }
            List<Reader> readers = new ArrayList<>();
            List<MemorySlot> slots = new ArrayList<>();
            boolean done = false;
            try {
                int most = (int) Math.min(bytes, RANGE_BYTES);
                int range = reserve(most, slots) ? most : Math.min(most, LEAST_BYTES);
                readers.add(reader(taken.getFirst(), path, range));
                // Channels are scarce: a file takes another one only for a range that it can fill.
                while (range == RANGE_BYTES && bytes > (long) readers.size() * RANGE_BYTES && reserve(range, slots)) {
                    Optional<RemoteReadChannel> next = channels.tryTake();
                    if (next.isEmpty()) {
                        break;
                    }
                    taken.add(next.get());
                    readers.add(reader(next.get(), path, range));
                }
                boolean whole = RangedCopy.copy(readers, range, offset, size, upload, digest, progress);
                done = true;
                return whole;
            } finally {
                readers.forEach(reader -> reader.file().close());
                end(done ? channels::giveBack : channels::discard);
                slots.forEach(MemorySlot::close);
            }
        }

        private void end(Consumer<RemoteReadChannel> how) {
            taken.forEach(how);
            taken.clear();
        }

        /** Gives the channel back if nothing was read on it. */
        @Override
        public void close() {
            end(channels::giveBack);
        }
    }

    private boolean reserve(int bytes, List<MemorySlot> slots) {
        Optional<MemorySlot> slot = memory.tryAdmit(account, bytes);
        slot.ifPresent(slots::add);
        return slot.isPresent();
    }

    private static Reader reader(RemoteReadChannel channel, String path, int range) throws RemoteException {
        return new Reader(channel, channel.open(path), ByteBuffer.allocate(range));
    }

    private static boolean copy(
            List<Reader> readers,
            int range,
            long offset,
            long size,
            FileUpload upload,
            MessageDigest digest,
            LongConsumer progress)
            throws RemoteException, VfsException, InterruptedException {
        Deque<Reader> idle = new ArrayDeque<>(readers);
        Deque<Future<Range>> ahead = new ArrayDeque<>();
        long next = offset;
        // Its end waits for all reads, which those of a closed connection fail at once.
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            while (next < size || !ahead.isEmpty()) {
                while (next < size && !idle.isEmpty()) {
                    Reader reader = idle.remove();
                    long at = next;
                    int length = (int) Math.min(range, size - at);
                    ahead.add(threads.submit(() -> reader.read(at, length)));
                    next += length;
                }
                Range read = result(ahead.remove());
                if (!read.isWhole()) {
                    return false;
                }
                ByteBuffer data = read.reader().buffer().flip();
                digest.update(data.duplicate());
                upload.write(read.offset(), data);
                progress.accept(read.length());
                idle.add(read.reader());
            }
        }
        return true;
    }

    private static Range result(Future<Range> read) throws RemoteException, InterruptedException {
        try {
            return read.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RemoteException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }
}
