package dev.slipway.core.unit;

import java.util.Locale;

/**
 * A maximum number of bytes, written with a unit, or no limit: {@code 10GiB} or {@code unlimited}.
 *
 * @param bytes at least 1, or {@link #NONE}
 */
public record SizeLimit(long bytes) {
    /** No limit. */
    public static final long NONE = Long.MAX_VALUE;

    /** How no limit is written. */
    static final String UNLIMITED = "unlimited";

    public SizeLimit {
        if (bytes < 1) {
            throw new IllegalArgumentException("a limit must be positive: " + bytes);
        }
    }

    /**
     * Parses a size of at least one byte, or {@code unlimited}.
     *
     * @throws IllegalArgumentException with what was expected as its message
     */
    public static SizeLimit parse(String text) {
        if (text.strip().toLowerCase(Locale.ROOT).equals(UNLIMITED)) {
            return new SizeLimit(NONE);
        }
        try {
            return new SizeLimit(DataSize.parse(text).bytes());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("a size with its unit, such as 512MiB, or unlimited", e);
        }
    }

    @Override
    public String toString() {
        return bytes == NONE ? UNLIMITED : new DataSize(bytes).toString();
    }
}
