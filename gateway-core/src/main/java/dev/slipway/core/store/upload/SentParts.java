package dev.slipway.core.store.upload;

import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.store.Crc32;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** The parts of an upload that were handed to the store, and those of them that it has. Guarded by their upload. */
final class SentParts {
    private final TreeMap<Integer, UploadedPart> stored = new TreeMap<>();

    /** The sizes of all of them, the first one's first. */
    private final List<Long> sizes = new ArrayList<>();

    private int crc;
    private int sending;
    private int copying;

    /** The bytes that were there when this went on with an upload. */
    private long start;

    /** The number of the next one. */
    int next() {
        return sizes.size() + 1;
    }

    /** How many there are. */
    int count() {
        return sizes.size();
    }

    /** How many are on their way, with their memory. */
    int sending() {
        return sending;
    }

    /** How many are on their way, or are copies that are made or have yet to be made. */
    int unsettled() {
        return sending + copying;
    }

    /** The CRC-32 of all bytes. Of no use where parts were copied. */
    int crc() {
        return crc;
    }

    /** Takes over what the store has of an interrupted upload. */
    void takeOver(List<StoredPart> parts) {
        for (StoredPart part : parts) {
            stored.put(next(), part.part());
            sizes.add(part.bytes());
            crc = Crc32.combine(crc, part.crc(), part.bytes());
            start += part.bytes();
        }
    }

    /** The bytes that were taken over. */
    long start() {
        return start;
    }

    /** Counts one that is sent from now on. Returns its number. */
    int send(long bytes, int partCrc) {
        crc = Crc32.combine(crc, partCrc, bytes);
        sending++;
        sizes.add(bytes);
        return sizes.size();
    }

    /** Counts one that the store is to copy. Returns its number. */
    int copy(long bytes) {
        copying++;
        sizes.add(bytes);
        return sizes.size();
    }

    /** One that was sent is on its way no more. */
    void sent() {
        sending--;
    }

    /** So many copies are made or given up. */
    void copied(int count) {
        copying -= count;
    }

    /** The store has one. */
    void stored(UploadedPart part) {
        stored.put(part.partNumber(), part);
    }

    /** Those that the store has, in order. */
    List<UploadedPart> stored() {
        return List.copyOf(stored.values());
    }

    boolean areAllStored() {
        return stored.size() == sizes.size();
    }

    /**
     * What can be gone on behind: the parts that the store has without a gap; but never all bytes that were taken. Of what was
     * there before, it is known that the client had sent more.
     *
     * @param taken all bytes that were taken
     */
    long keptBytes(long taken) {
        int parts = 0;
        while (stored.containsKey(parts + 1)) {
            parts++;
        }
        return keptBytes(parts, taken);
    }

    /** The same if the store gets all of them. */
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
