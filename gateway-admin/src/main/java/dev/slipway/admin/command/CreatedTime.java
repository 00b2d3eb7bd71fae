package dev.slipway.admin.command;

import dev.slipway.core.unit.Durations;
import dev.slipway.core.unit.Expiry;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** When a job was created, as people write it in options. */
final class CreatedTime {
    static final String EXAMPLES =
            "30m, 12h or 7d (that long ago), or a time such as 2026-01-31 or 2026-01-31T12:00:00Z";

    private CreatedTime() {}

    /** Parses the value of an option; null for null. */
    static @Nullable Instant parse(CommandContext context, String option, @Nullable String text) {
        if (text == null) {
            return null;
        }
        try {
            return text.matches("[1-9]\\d{0,5}[smhd]")
                    ? Instant.now().minus(Durations.parse(text))
                    : Expiry.parse(text);
        } catch (IllegalArgumentException e) {
            throw context.wrong(option + " '" + text + "': expected " + EXAMPLES);
        }
    }
}
