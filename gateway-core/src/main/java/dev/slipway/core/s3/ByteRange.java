package dev.slipway.core.s3;

/**
 * A range of bytes.
 *
 * @param offset of the first byte
 * @param length in bytes, at least 1
 */
public record ByteRange(long offset, long length) {
    public ByteRange {
        if (offset < 0 || length < 1) {
            throw new IllegalArgumentException("no range: " + length + " bytes from " + offset);
        }
    }

    /** As HTTP has it (RFC 9110, section 14.1.2). */
    @Override
    public String toString() {
        return "bytes=" + offset + "-" + (offset + length - 1);
    }
}
