package dev.slipway.core.unit;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/** The moment from which on something is no longer valid, as one writes it. */
public final class Expiry {
    private Expiry() {}

    /**
     * Reads {@code 2030-01-31}, which is that day's first moment in UTC, or {@code 2030-01-31T18:00:00Z}.
     *
     * @return in whole seconds
     * @throws IllegalArgumentException whose message says what was expected
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
