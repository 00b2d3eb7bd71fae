package dev.slipway.ftps.format;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.util.Locale;
import java.util.Optional;

/** Times as FTP writes them, always in UTC. */
public final class FtpTime {
    private static final DateTimeFormatter TIME_VALUE = DateTimeFormatter.ofPattern("uuuuMMddHHmmss", Locale.ROOT)
            .withResolverStyle(ResolverStyle.STRICT)
            .withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter RECENT =
            DateTimeFormatter.ofPattern("MMM dd HH:mm", Locale.ENGLISH).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter OLD =
            DateTimeFormatter.ofPattern("MMM dd  uuuu", Locale.ENGLISH).withZone(ZoneOffset.UTC);
    private static final Duration HALF_A_YEAR = Duration.ofDays(182);
    private static final int DIGITS = 14;

    private FtpTime() {}

    /** RFC 3659 section 2.3, whole seconds. */
    public static String format(Instant time) {
        return TIME_VALUE.format(time);
    }

    /** Parses a time value, dropping fractions of a second. Empty if it is invalid. */
    public static Optional<Instant> parse(String text) {
        String seconds =
                text.length() > DIGITS && text.substring(DIGITS).matches("\\.\\d+") ? text.substring(0, DIGITS) : text;
        try {
            return Optional.of(LocalDateTime.parse(seconds, TIME_VALUE).toInstant(ZoneOffset.UTC));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /** As in {@code ls -l}: the year instead of the time of day if it is more than half a year away. */
    static String formatForList(Instant time, Instant now) {
        boolean recent = Duration.between(time, now).compareTo(HALF_A_YEAR) < 0
                && Duration.between(now, time).compareTo(Duration.ofDays(1)) < 0;
        return (recent ? RECENT : OLD).format(time);
    }
}
