package dev.slipway.core.unit;

import java.util.Locale;

/**
 * A maximum number, or no limit: {@code 1000} or {@code unlimited}.
 *
 * @param count at least 1, or {@link SizeLimit#NONE}
 */
public record CountLimit(long count) {
    public CountLimit {
        if (count < 1) {
            throw new IllegalArgumentException("a limit must be positive: " + count);
        }
    }

    /**
     * Parses a number of at least 1, or {@code unlimited}.
     *
     * @throws IllegalArgumentException with what was expected as its message
     */
    public static CountLimit parse(String text) {
        String plain = text.strip().toLowerCase(Locale.ROOT);
        if (plain.equals(SizeLimit.UNLIMITED)) {
            return new CountLimit(SizeLimit.NONE);
        }
        if (plain.matches("[1-9]\\d{0,14}")) {
            return new CountLimit(Long.parseLong(plain));
        }
        throw new IllegalArgumentException("a number of at least 1, or unlimited");
    }

    @Override
    public String toString() {
        return count == SizeLimit.NONE ? SizeLimit.UNLIMITED : Long.toString(count);
    }
}
