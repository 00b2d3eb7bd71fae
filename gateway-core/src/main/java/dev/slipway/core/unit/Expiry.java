package dev.slipway.core.unit;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/** An expiry date, as users write it. */
public final class Expiry {
    private Expiry() {}

    /**
     * Parses {@code 2030-01-31}, which means the first moment of that day in UTC, or {@code 2030-01-31T18:00:00Z}.
     *
     * @return in whole seconds
     * @throws IllegalArgumentException with what was expected as its message
     */
    public static Instant parse(String text) {
        try {
            return text.indexOf('T') < 0
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : Instant.parse(text).truncatedTo(ChronoUnit.SECONDS);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("a date such as 2030-01-31, or a time such as 2030-01-31T18:00:00Z", e);
        }
    }
}
