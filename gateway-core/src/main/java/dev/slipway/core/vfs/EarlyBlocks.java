package dev.slipway.core.vfs;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.store.MemorySlot;
import dev.slipway.core.store.PartPool;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Holds the out-of-order blocks of one upload, in the process's memory for such blocks. Nothing here waits.
 * Thread-safe.
 */
final class EarlyBlocks implements AutoCloseable {
    /**
     * The most memory that one upload uses, in bytes. Clients that write concurrently (rclone: 64 requests of 32 KiB)
     * send blocks at most 2 MiB ahead.
     */
    static final long LIMIT_BYTES = 4L << 20;

    /** The result of adding a block. */
    enum Answer {
        KEPT,
        /** The upload already holds as many blocks as it may. */
        TOO_MANY,
        /** There is already a block at that offset. */
        TWICE,
        /** The process's memory for early blocks is in use, or the account holds its half of it. */
        BUSY
    }

    private final PartPool memory;
    private final String account;

    @GuardedBy("this")
    private final TreeMap<Long, Block> blocks = new TreeMap<>();

    @GuardedBy("this")
    private int chunks;

    @GuardedBy("this")
    private boolean closed;

    /** @param account the account that uploads */
    EarlyBlocks(PartPool memory, String account) {
        this.memory = memory;
        this.account = account;
    }

    /** Consecutive bytes. Owned by the caller once it is taken out. */
    static final class Block implements AutoCloseable {
        private final long offset;
        private final List<ByteBuffer> pieces = new ArrayList<>();
        private final List<MemorySlot> slots = new ArrayList<>();
        private long end;

        private Block(long offset) {
            this.offset = offset;
            this.end = offset;
        }

        long offset() {
            return offset;
        }

        /** The bytes in order, ready to be read. Valid until the block is closed. */
        List<ByteBuffer> pieces() {
            return pieces.stream().map(piece -> piece.duplicate().flip()).toList();
        }

        /** How many bytes fit without more memory. */
        private int room() {
            return pieces.isEmpty() ? 0 : pieces.getLast().remaining();
        }

        private void append(ByteBuffer data, @Nullable MemorySlot slot) {
            end += data.remaining();
            if (slot != null) {
                slots.add(slot);
            }
            while (data.hasRemaining()) {
                if (room() == 0) {
                    pieces.add(slots.getLast().take());
                }
                int count = Math.min(room(), data.remaining());
                pieces.getLast().put(data.slice(data.position(), count));
                data.position(data.position() + count);
            }
        }

        @Override
        public void close() {
            // All slots belong to one pool and one account, so a chunk may be returned through any of them once all are
            // closed.
            int next = 0;
            for (MemorySlot slot : slots) {
                for (long left = slot.reservedBytes(); left > 0; left -= PartPool.CHUNK_BYTES) {
                    slot.giveBack(pieces.get(next++), true);
                }
                slot.close();
            }
            pieces.clear();
            slots.clear();
        }
    }

    /** Copies a block if there is memory for it. */
    synchronized Answer add(long offset, ByteBuffer data) {
        if (closed) {
            return Answer.BUSY;
        }
        if (blocks.containsKey(offset)) {
            return Answer.TWICE;
        }
        Map.Entry<Long, Block> before = blocks.floorEntry(offset);
        Block block = before != null && before.getValue().end == offset ? before.getValue() : new Block(offset);
        long missing = (long) data.remaining() - block.room();
        int newChunks = Math.toIntExact(Math.max(0, (missing + PartPool.CHUNK_BYTES - 1) / PartPool.CHUNK_BYTES));
        if ((long) (chunks + newChunks) * PartPool.CHUNK_BYTES > LIMIT_BYTES) {
            return Answer.TOO_MANY;
        }
        MemorySlot slot = null;
        if (newChunks > 0) {
            slot = memory.tryAdmit(account, missing).orElse(null);
            if (slot == null) {
                return Answer.BUSY;
            }
        }
        block.append(data, slot);
        chunks += newChunks;
        blocks.put(block.offset, block);
        return Answer.KEPT;
    }

    /** The offset of the first block; empty if there is none. */
    synchronized OptionalLong firstOffset() {
        return blocks.isEmpty() ? OptionalLong.empty() : OptionalLong.of(blocks.firstKey());
    }

    /** Where the last block ends; 0 if there is none. */
    synchronized long end() {
        return blocks.isEmpty() ? 0 : blocks.lastEntry().getValue().end;
    }

    /**
     * Removes and returns the first block if it begins at or before an offset.
     *
     * @return the block, to be closed by the caller; null if there is none
     */
    synchronized @Nullable Block take(long upTo) {
        if (blocks.isEmpty() || blocks.firstKey() > upTo) {
            return null;
        }
        Block first = blocks.pollFirstEntry().getValue();
        chunks -= first.pieces.size();
        return first;
    }

    /** Returns all memory; later blocks are refused. */
    @Override
    public synchronized void close() {
        closed = true;
        blocks.values().forEach(Block::close);
        blocks.clear();
        chunks = 0;
    }
}
