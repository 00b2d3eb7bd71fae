package dev.slipway.app.config;

import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong with the configuration.
 *
 * @param where the file and line, or the environment variable; empty where something is missing
 * @param key the setting, such as {@code ftps.explicitPort}
 * @param value what was given, redacted where it is a secret; null where nothing was
 * @param expected what would be right
 */
public record Problem(String where, String key, @Nullable String value, String expected) {
    @Override
    public String toString() {
        String subject = where.isEmpty() ? key : where + ": " + key;
        return value == null ? subject + ": " + expected : subject + " is '" + value + "': " + expected;
    }
}
