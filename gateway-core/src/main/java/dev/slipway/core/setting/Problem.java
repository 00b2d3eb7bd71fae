package dev.slipway.core.setting;

import dev.slipway.core.FieldProblem;
import org.jspecify.annotations.Nullable;

/**
 * A problem in the configuration.
 *
 * @param where the file and line, or the environment variable; empty if something is missing
 * @param key the setting, such as {@code ftps.explicitPort}
 * @param value the given value, redacted if it is a secret; null if there was none
 * @param expected what would be right
 */
public record Problem(String where, String key, @Nullable String value, String expected) {
    /** A problem of a field in a section. */
    public static Problem of(String section, FieldProblem problem) {
        return new Problem("", section + problem.field(), null, problem.detail() + "; expected " + problem.expected());
    }

    /**
     * A problem with a value that was already read.
     *
     * @param value shown as {@link Values#show} does; null if there is none
     */
    public static Problem of(String key, @Nullable Object value, String expected) {
        return new Problem("", key, value == null ? null : Values.show(value), expected);
    }

    @Override
    public String toString() {
        String subject = where.isEmpty() ? key : where + ": " + key;
        return value == null ? subject + ": " + expected : subject + " is '" + value + "': " + expected;
    }
}
