package dev.slipway.core.s3;

/**
 * A range of bytes.
 *
 * @param offset the offset of the first byte
 * @param length the number of bytes, at least 1
 */
public record ByteRange(long offset, long length) {
    public ByteRange {
        if (offset < 0 || length < 1) {
            throw new IllegalArgumentException("not a range: " + length + " bytes from " + offset);
        }
    }

    /** In HTTP's syntax (RFC 9110, section 14.1.2). */
    @Override
    public String toString() {
        return "bytes=" + offset + "-" + (offset + length - 1);
    }
}
