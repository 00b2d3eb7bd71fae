package dev.slipway.core.store.s3;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;

/** Compares the store's clock with ours, by the date of its first answer. */
final class StoreClock implements ExecutionInterceptor {
    private static final ExecutionAttribute<Instant> ASKED = new ExecutionAttribute<>("SlipwayAsked");

    private volatile @Nullable Duration skew;

    /** How far the store's clock is ahead; empty if no answer had a date yet. */
    Optional<Duration> skew() {
        return Optional.ofNullable(skew);
    }

    @Override
    public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
        attributes.putAttribute(ASKED, Instant.now());
    }

    @Override
    public void afterTransmission(Context.AfterTransmission context, ExecutionAttributes attributes) {
        Instant asked = attributes.getAttribute(ASKED);
        Optional<String> date = context.httpResponse().firstMatchingHeader("Date");
        if (skew != null || asked == null || date.isEmpty()) {
            return;
        }
        try {
            Instant told = ZonedDateTime.parse(date.get(), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            skew = Duration.between(asked, told);
        } catch (DateTimeParseException _) {
            // Not a date: the next answer may have one.
        }
    }
}
