package dev.slipway.core.store.upload;

import dev.slipway.core.store.WriteSlot;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The memory of one upload: the part that is being filled has all of its reserved before it takes a byte, save while it is
 * waited for. Guarded by its upload.
 */
final class PartMemory {
    private WriteSlot slot;

    /** Whether the part that is being filled has all its memory reserved. */
    private boolean hasRoom = true;

    /** @param slot enough for the first part; belongs to this from here on */
    PartMemory(WriteSlot slot) {
        this.slot = slot;
    }

    /** The reservation, for whoever takes chunks of it with him. */
    WriteSlot slot() {
        return slot;
    }

    boolean hasRoom() {
        return hasRoom;
    }

    /** The part that had room is not the one that is filled next. */
    void forgetRoom() {
        hasRoom = false;
    }

    /** Whether so many transfers are open that each should make do with little. */
    boolean isCrowded() {
        return slot.isCrowded();
    }

    ByteBuffer take() {
        return slot.take();
    }

    /**
     * Reserves what the part lacks, if it can be had at once.
     *
     * @param missing bytes beyond those that its chunks hold
     * @param more whether to ask for more than this upload has
     */
    boolean reserve(long missing, boolean more) {
        long lacking = missing - slot.availableBytes();
        if (lacking <= 0 || (more && slot.tryExtend(lacking))) {
            hasRoom = true;
        }
        return hasRoom;
    }

    /** Whether a chunk can be spared before the rest is there: only where the rest of the part is sure to come back. */
    boolean canSpareChunk(long part) {
        return slot.reservedBytes() >= part && slot.availableBytes() > 0;
    }

    /** Goes on with a larger reservation. */
    void exchanged(WriteSlot larger) {
        slot = larger;
        hasRoom = true;
    }

    /**
     * Gives back what is not needed when a part has settled. While others wait, one part at a time must do: what comes back
     * beyond it is theirs.
     *
     * @param lender whose chunks came back
     * @param part the bytes of the part that is being filled
     * @param held the bytes that its chunks hold
     * @param sending how many parts are on their way
     */
    void shrink(WriteSlot lender, long part, long held, int sending) {
        boolean waits = !hasRoom && sending > 0 && lender.isContended();
        lender.shrinkTo(waits ? Math.max(0, part - (lender.reservedBytes() - lender.availableBytes())) : part - held);
    }

    /** Gives back all that is not in chunks. Whoever writes more asks for a part's again. */
    void release() {
        slot.shrinkTo(0);
        hasRoom = false;
    }

    /** Gives chunks back, and the reservation. */
    void close(List<ByteBuffer> chunks, boolean reusable) {
        for (ByteBuffer chunk : chunks) {
            slot.giveBack(chunk, reusable);
        }
        slot.close();
    }
}
