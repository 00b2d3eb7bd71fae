package dev.slipway.core.vfs;

import dev.slipway.core.store.ObjectInfo;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Remembers versions of objects by a fingerprint of 64 bits each, so that a million of them cost some 16 MiB however long
 * their keys are. Safe for use by several threads.
 */
final class VersionSet {
    /** A hash table with open addressing, at most half full; 0 is an empty place. */
    private long[] table = new long[64];

    private int size;

    synchronized void add(ObjectInfo version) {
        if (2 * (size + 1) > table.length) {
            long[] smaller = table;
            table = new long[Math.multiplyExact(2, smaller.length)];
            for (long fingerprint : smaller) {
                if (fingerprint != 0) {
                    table[place(fingerprint)] = fingerprint;
                }
            }
        }
        long fingerprint = fingerprint(version);
        int place = place(fingerprint);
        if (table[place] == 0) {
            table[place] = fingerprint;
            size++;
        }
    }

    synchronized boolean contains(ObjectInfo version) {
        return table[place(fingerprint(version))] != 0;
    }

    /** Where a fingerprint is, or would be. */
    private int place(long fingerprint) {
        int place = (int) fingerprint & (table.length - 1);
        while (table[place] != 0 && table[place] != fingerprint) {
            place = (place + 1) & (table.length - 1);
        }
        return place;
    }

    private static long fingerprint(ObjectInfo version) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            String text = version.key() + "\n" + version.size() + "\n" + version.version();
            long bits = ByteBuffer.wrap(sha256.digest(text.getBytes(StandardCharsets.UTF_8)))
                    .getLong();
            return bits == 0 ? 1 : bits;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
