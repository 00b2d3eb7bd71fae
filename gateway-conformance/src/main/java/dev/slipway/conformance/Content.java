package dev.slipway.conformance;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The bytes of a file, which follow from a number, so that they need not be stored. Each 64 bytes contain the number
 * and their own position.
 *
 * @param length in bytes
 */
record Content(long number, int length) {
    private static final int BLOCK = 64;

    byte[] bytes() {
        byte[] bytes = new byte[(length + BLOCK - 1) / BLOCK * BLOCK];
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        SplittableRandom random = new SplittableRandom(number);
        while (buffer.hasRemaining()) {
            long at = buffer.position();
            buffer.putLong(number).putLong(at);
            for (int i = 0; i < (BLOCK - 16) / Long.BYTES; i++) {
                buffer.putLong(random.nextLong());
            }
        }
        return Arrays.copyOf(bytes, length);
    }

    /** Describes what bytes consist of, for the message of a violation. */
    static String describe(byte[] bytes) {
        StringBuilder description = new StringBuilder(bytes.length + " bytes");
        long last = Long.MIN_VALUE;
        for (int at = 0; at + 16 <= bytes.length && description.length() < 400; at += BLOCK) {
            long number = ByteBuffer.wrap(bytes).getLong(at);
            long place = ByteBuffer.wrap(bytes).getLong(at + 8);
            if (number - place + at != last) {
                description.append("; from ").append(at).append(": content ").append(number);
                description.append(" from its byte ").append(place);
                last = number - place + at;
            }
        }
        return description.toString();
    }
}
