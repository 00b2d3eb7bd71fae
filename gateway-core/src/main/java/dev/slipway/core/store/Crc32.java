package dev.slipway.core.store;

/**
 * Combines CRC-32 values (the polynomial of ISO 3309 and {@link java.util.zip.CRC32}) of adjacent blocks. The method is
 * zlib's: appending zeros is a linear map over GF(2), whose powers are found by squaring.
 */
public final class Crc32 {
    /** The CRC-32 polynomial, lowest power in the highest bit. */
    private static final int POLYNOMIAL = 0xedb88320;

    private Crc32() {}

    /**
     * The CRC-32 of two concatenated blocks.
     *
     * @param first the value of the first block
     * @param second the value of the second block
     * @param secondBytes the length of the second block in bytes, at least 0
     */
    public static int combine(int first, int second, long secondBytes) {
        return multiply(powerOfX(secondBytes), first) ^ second;
    }

    /** x to the power of 8 n, modulo the polynomial. */
    private static int powerOfX(long bytes) {
        int result = 1 << 31;
        int square = 1 << 23;
        for (long n = bytes; n != 0; n >>>= 1) {
            if ((n & 1) != 0) {
                result = multiply(square, result);
            }
            square = multiply(square, square);
        }
        return result;
    }

    /** The product of two polynomials over GF(2), modulo the polynomial; bit 31 is the constant term. */
    private static int multiply(int a, int b) {
        int product = 0;
        int shifted = b;
        for (int bit = 31; bit >= 0; bit--) {
            if ((a >>> bit & 1) != 0) {
                product ^= shifted;
            }
            shifted = (shifted & 1) != 0 ? shifted >>> 1 ^ POLYNOMIAL : shifted >>> 1;
        }
        return product;
    }
}
