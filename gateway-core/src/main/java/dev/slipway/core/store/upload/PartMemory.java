package dev.slipway.core.store.upload;

import dev.slipway.core.store.MemorySlot;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The memory of one upload. All memory of the part that is being filled is reserved before the part takes a byte,
 * except while the upload waits for it. Guarded by its upload.
 */
final class PartMemory {
    private MemorySlot slot;

    /** Whether all memory of the part that is being filled is reserved. */
    private boolean hasRoom = true;

    /** @param slot enough for the first part; owned by this object from here on */
    PartMemory(MemorySlot slot) {
        this.slot = slot;
    }

    /** The reservation. Callers that take its chunks away return them to it. */
    MemorySlot slot() {
        return slot;
    }

    boolean hasRoom() {
        return hasRoom;
    }

    /** The part that is filled next has no reservation yet. */
    void forgetRoom() {
        hasRoom = false;
    }

    /** Whether so many transfers are open that each should use little. */
    boolean isCrowded() {
        return slot.isCrowded();
    }

    ByteBuffer take() {
        return slot.take();
    }

    /**
     * Reserves what the part lacks, if that is possible at once.
     *
     * @param missing the bytes of the part beyond the capacity of its chunks
     * @param more whether to extend the reservation of this upload
     */
    boolean reserve(long missing, boolean more) {
        long lacking = missing - slot.availableBytes();
        if (lacking <= 0 || (more && slot.tryExtend(lacking))) {
            hasRoom = true;
        }
        return hasRoom;
    }

    /** Whether a chunk may be used before the rest of the part is free: only if the rest is certain to come back. */
    boolean canSpareChunk(long part) {
        return slot.reservedBytes() >= part && slot.availableBytes() > 0;
    }

    /** Continues with a larger reservation. */
    void exchanged(MemorySlot larger) {
        slot = larger;
        hasRoom = true;
    }

    /**
     * Returns what is not needed after a part has settled. While other transfers wait, this upload gets by with one
     * part at a time, and returns anything beyond it.
     *
     * @param lender the slot whose chunks were returned
     * @param part the size of the part that is being filled
     * @param held the capacity of that part's chunks
     * @param sending how many parts are in flight
     */
    void shrink(MemorySlot lender, long part, long held, int sending) {
        boolean waits = !hasRoom && sending > 0 && lender.isContended();
        lender.shrinkTo(waits ? Math.max(0, part - (lender.reservedBytes() - lender.availableBytes())) : part - held);
    }

    /** Returns everything that is not in chunks. A later write reserves memory for a part again. */
    void release() {
        slot.shrinkTo(0);
        hasRoom = false;
    }

    /** Returns chunks and the reservation. */
    void close(List<ByteBuffer> chunks, boolean reusable) {
        for (ByteBuffer chunk : chunks) {
            slot.giveBack(chunk, reusable);
        }
        slot.close();
    }
}
