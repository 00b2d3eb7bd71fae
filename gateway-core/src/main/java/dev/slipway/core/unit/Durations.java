package dev.slipway.core.unit;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 30s}, {@code 90d}. */
public final class Durations {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h|d)");
    private static final long HOUR = 3600;
    private static final long DAY = 24 * HOUR;

    private Durations() {}

    /**
     * Reads a duration.
     *
     * @param text a whole number with its unit: {@code ms}, {@code s}, {@code m}, {@code h} or {@code d}
     * @throws IllegalArgumentException it is something else; the message says what is expected
     */
    public static Duration parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("a duration with its unit (ms, s, m, h, d), such as 30s");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }

    /** Writes a duration in its largest whole unit; a single day is {@code 24h}. */
    public static String format(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 1000 != 0) {
            return millis + "ms";
        }
        long seconds = millis / 1000;
        if (seconds == 0 || seconds % 60 != 0) {
            return seconds + "s";
        }
        if (seconds > DAY && seconds % DAY == 0) {
            return seconds / DAY + "d";
        }
        return seconds % HOUR == 0 ? seconds / HOUR + "h" : seconds / 60 + "m";
    }
}
