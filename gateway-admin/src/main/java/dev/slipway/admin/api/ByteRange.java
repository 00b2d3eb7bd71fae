package dev.slipway.admin.api;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A range of a file's bytes (RFC 9110, section 14).
 *
 * @param from the first byte, counted from 0
 * @param end the byte after the last one, greater than {@code from}
 */
record ByteRange(long from, long end) {
    private static final Pattern BYTES = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})", Pattern.CASE_INSENSITIVE);

    /** The range has no bytes of the file. */
    static final class OutsideException extends Exception {
        private static final long serialVersionUID = 1L;

        OutsideException() {
            super("the range is outside of the file");
        }
    }

    long length() {
        return end - from;
    }

    /**
     * The range that a header {@code Range} asks for.
     *
     * @param header null if there is none
     * @param size of the file, in bytes
     * @return empty if it asks for nothing, or in a way that a server may ignore: for several ranges, or in another unit
     */
    static Optional<ByteRange> of(@Nullable String header, long size) throws OutsideException {
        Matcher matcher = BYTES.matcher(header == null ? "" : header.strip());
        if (!matcher.matches()
                || (matcher.group(1).isEmpty() && matcher.group(2).isEmpty())) {
            return Optional.empty();
        }
        long from;
        long end = size;
        if (matcher.group(1).isEmpty()) {
            from = Math.max(0, size - Long.parseLong(matcher.group(2)));
        } else {
            from = Long.parseLong(matcher.group(1));
            if (!matcher.group(2).isEmpty()) {
                long last = Long.parseLong(matcher.group(2));
                if (last < from) {
                    return Optional.empty();
                }
                end = Math.min(size, last + 1);
            }
        }
        if (from >= end) {
            throw new OutsideException();
        }
        return Optional.of(new ByteRange(from, end));
    }

    /** Where a header asks to begin, before the size of the file is known; 0 if that depends on the size. */
    static long begin(@Nullable String header) {
        Matcher matcher = BYTES.matcher(header == null ? "" : header.strip());
        return matcher.matches() && !matcher.group(1).isEmpty() ? Long.parseLong(matcher.group(1)) : 0;
    }
}
