package dev.slipway.core.unit;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes, written with a unit: {@code 8MiB}.
 *
 * @param bytes at least 0
 */
public record DataSize(long bytes) {
    private static final Pattern FORM = Pattern.compile("(\\d{1,15})\\s*([a-z]*)");

    public DataSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size must not be negative: " + bytes);
        }
    }

    /**
     * Parses a number with a unit: {@code B}, {@code KiB}, {@code MiB}, {@code GiB}, {@code TiB} (powers of 1024) or
     * {@code KB}, {@code MB}, {@code GB}, {@code TB} (powers of 1000).
     *
     * @throws IllegalArgumentException with what was expected as its message
     */
    public static DataSize parse(String text) {
        Matcher matcher = FORM.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (matcher.matches()) {
            long unit = switch (matcher.group(2)) {
                case "b" -> 1;
                case "kib" -> 1L << 10;
                case "mib" -> 1L << 20;
                case "gib" -> 1L << 30;
                case "tib" -> 1L << 40;
                case "kb" -> 1_000;
                case "mb" -> 1_000_000;
                case "gb" -> 1_000_000_000;
                case "tb" -> 1_000_000_000_000L;
                default -> 0;
            };
            long number = Long.parseLong(matcher.group(1));
            if (unit > 0 && number <= Long.MAX_VALUE / unit) {
                return new DataSize(number * unit);
            }
        }
        throw new IllegalArgumentException("a size with its unit, such as 512MiB");
    }

    @Override
    public String toString() {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        long value = bytes;
        int unit = 0;
        while (unit < units.length - 1 && value != 0 && value % 1024 == 0) {
            value /= 1024;
            unit++;
        }
        return value + units[unit];
    }
}
