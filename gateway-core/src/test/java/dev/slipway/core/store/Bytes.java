package dev.slipway.core.store;

import java.nio.ByteBuffer;
import java.util.Random;

/** Bytes for tests, and a way to wait for what other threads do. */
public final class Bytes {
    private Bytes() {}

    /** Random bytes, equal for the same seed. */
    public static byte[] random(int seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Reads the rest of an object. */
    public static byte[] readAll(ObjectReader reader) throws StoreException {
        ByteBuffer target = ByteBuffer.allocate(Math.toIntExact(reader.info().size() - reader.position()) + 1);
        while (reader.read(target) >= 0) {
            if (!target.hasRemaining()) {
                throw new AssertionError("more bytes than the object has");
            }
        }
        byte[] bytes = new byte[target.flip().remaining()];
        target.get(bytes);
        return bytes;
    }
}
