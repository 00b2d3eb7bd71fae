package dev.slipway.core.store.upload;

import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.store.Crc32;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** The parts of an upload that were sent, and those of them that the store has. Guarded by their upload. */
final class SentParts {
    private final TreeMap<Integer, UploadedPart> stored = new TreeMap<>();

    /** The sizes of all parts, in order. */
    private final List<Long> sizes = new ArrayList<>();

    private int crc;
    private int sending;
    private int copying;

    /** The bytes that a resumed upload began with. */
    private long start;

    /** The number of the next part. */
    int next() {
        return sizes.size() + 1;
    }

    /** The number of parts. */
    int count() {
        return sizes.size();
    }

    /** The number of parts in flight from memory. */
    int sending() {
        return sending;
    }

    /** The number of parts in flight, of copies in progress, and of copies still to be requested. */
    int unsettled() {
        return sending + copying;
    }

    /** The CRC-32 of all bytes. Not valid if parts were copied. */
    int crc() {
        return crc;
    }

    /** Adopts the parts that the store has of an interrupted upload. */
    void takeOver(List<StoredPart> parts) {
        for (StoredPart part : parts) {
            stored.put(next(), part.part());
            sizes.add(part.bytes());
            crc = Crc32.combine(crc, part.crc(), part.bytes());
            start += part.bytes();
        }
    }

    /** The number of bytes adopted. */
    long start() {
        return start;
    }

    /** Adds a part that is sent now. Returns its number. */
    int send(long bytes, int partCrc) {
        crc = Crc32.combine(crc, partCrc, bytes);
        sending++;
        sizes.add(bytes);
        return sizes.size();
    }

    /** Adds a part that the store is to copy. Returns its number. */
    int copy(long bytes) {
        copying++;
        sizes.add(bytes);
        return sizes.size();
    }

    /** A sent part is no longer in flight. */
    void sent() {
        sending--;
    }

    /** A number of copies were made or given up. */
    void copied(int count) {
        copying -= count;
    }

    /** The store has a part. */
    void stored(UploadedPart part) {
        stored.put(part.partNumber(), part);
    }

    /** The parts that the store has, in order. */
    List<UploadedPart> stored() {
        return List.copyOf(stored.values());
    }

    boolean areAllStored() {
        return stored.size() == sizes.size();
    }

    /**
     * The restart offset: the end of the parts that the store has without a gap, but never all bytes taken. Adopted
     * bytes may all count, since the client is known to have sent more.
     *
     * @param taken the number of all bytes taken
     */
    long keptBytes(long taken) {
        int parts = 0;
        while (stored.containsKey(parts + 1)) {
            parts++;
        }
        return keptBytes(parts, taken);
    }

    /** The restart offset if all parts arrive. */
    long mostKeptBytes(long taken) {
        return keptBytes(sizes.size(), taken);
    }

    private long keptBytes(int parts, long taken) {
        long kept = 0;
        for (int i = 0; i < parts; i++) {
            kept += sizes.get(i);
        }
        return kept == taken && kept > start ? kept - sizes.get(parts - 1) : kept;
    }
}
