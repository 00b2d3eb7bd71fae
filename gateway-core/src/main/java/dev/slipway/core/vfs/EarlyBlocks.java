package dev.slipway.core.vfs;

import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.WriteSlot;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The blocks of one upload that arrived before their turn, in the memory that the process has for such blocks. Nothing here
 * waits. Safe for use by several threads.
 */
final class EarlyBlocks implements AutoCloseable {
    /**
     * The most memory that one upload keeps, in bytes. Clients that write concurrently (rclone: 64 requests of 32 KiB)
     * overtake themselves by at most 2 MiB.
     */
    static final long LIMIT_BYTES = 4L << 20;

    /** What became of a block. */
    enum Answer {
        KEPT,
        /** The upload keeps as much as one may. */
        TOO_MANY,
        /** There is a block at that offset already. */
        TWICE,
        /** The process's memory for early blocks is in use, or the account has its half of it. */
        BUSY
    }

    private final PartPool memory;
    private final String account;
    private final TreeMap<Long, Block> blocks = new TreeMap<>();
    private int chunks;
    private boolean closed;

    /** @param account whose upload it is */
    EarlyBlocks(PartPool memory, String account) {
        this.memory = memory;
        this.account = account;
    }

    /** Some consecutive bytes. Belongs to whoever has taken it out. */
    static final class Block implements AutoCloseable {
        private final long offset;
        private final List<ByteBuffer> pieces = new ArrayList<>();
        private final List<WriteSlot> slots = new ArrayList<>();
        private long end;

        private Block(long offset) {
            this.offset = offset;
            this.end = offset;
        }

        long offset() {
            return offset;
        }

        /** The bytes, ready to be read, in order. Valid until the block is closed. */
        List<ByteBuffer> pieces() {
            return pieces.stream().map(piece -> piece.duplicate().flip()).toList();
        }

        /** How many bytes fit without more memory. */
        private int room() {
            return pieces.isEmpty() ? 0 : pieces.getLast().remaining();
        }

        private void append(ByteBuffer data, @Nullable WriteSlot slot) {
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
            // All slots are of one pool and one account: which of them gives a chunk back makes no difference once all
            // are closed.
            int next = 0;
            for (WriteSlot slot : slots) {
                for (long left = slot.reservedBytes(); left > 0; left -= PartPool.CHUNK_BYTES) {
                    slot.giveBack(pieces.get(next++), true);
                }
                slot.close();
            }
            pieces.clear();
            slots.clear();
        }
    }

    /** Copies a block, if there is memory for it. */
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
        WriteSlot slot = null;
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

    /** Where the first block begins; empty if there is none. */
    synchronized OptionalLong firstOffset() {
        return blocks.isEmpty() ? OptionalLong.empty() : OptionalLong.of(blocks.firstKey());
    }

    /**
     * Takes the first block out if it begins at an offset or before.
     *
     * @return to be closed; null if there is none
     */
    synchronized @Nullable Block take(long upTo) {
        if (blocks.isEmpty() || blocks.firstKey() > upTo) {
            return null;
        }
        Block first = blocks.pollFirstEntry().getValue();
        chunks -= first.pieces.size();
        return first;
    }

    /** Gives the memory back, and keeps nothing from now on. */
    @Override
    public synchronized void close() {
        closed = true;
        blocks.values().forEach(Block::close);
        blocks.clear();
        chunks = 0;
    }
}
