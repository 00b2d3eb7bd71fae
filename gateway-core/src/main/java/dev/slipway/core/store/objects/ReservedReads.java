package dev.slipway.core.store.objects;

import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.store.MemorySlot;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ReadReservation;
import org.jspecify.annotations.Nullable;

/** Readers that use the same memory, one after another. */
final class ReservedReads implements ReadReservation {
    private final S3Operations client;
    private final MemorySlot slot;
    private @Nullable RangedReader reader;
    private boolean closed;

    /** @param slot at least {@link RangedReader#FIRST_RANGE_BYTES} of memory; owned by this from here on */
    ReservedReads(S3Operations client, MemorySlot slot) {
        this.client = client;
        this.slot = slot;
    }

    @Override
    public ObjectReader read(ObjectInfo version) {
        if (closed || (reader != null && !reader.isClosed())) {
            throw new IllegalStateException(closed ? "the reservation is closed" : "the last reader is open");
        }
        RangedReader opened = RangedReader.borrowing(client, version, slot);
        reader = opened;
        return opened;
    }

    @Override
    public void close() {
        closed = true;
        if (reader != null) {
            reader.close();
        }
        slot.close();
    }
}
