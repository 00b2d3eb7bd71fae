package dev.slipway.core.setting;

import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One section's settings for a program: the defaults, except for what the program sets. Not safe for use by several
 * threads.
 *
 * @param <T> the section's record
 */
public final class SettingsBuilder<T extends Record> {
    private final Class<T> type;
    private final Map<String, String> values = new LinkedHashMap<>();

    /** Starts from the defaults. */
    public SettingsBuilder(Class<T> type) {
        this.type = type;
    }

    /**
     * Sets a value, or replaces the one that was set before.
     *
     * @param name its name in the section, such as {@code idleTimeout}
     * @param value as text in the form of the configuration file, such as {@code 30s}, or an object of its type; a list is
     *     one text with commas, or a collection
     */
    public SettingsBuilder<T> set(String name, Object value) {
        values.put(name, text(value));
        return this;
    }

    private static String text(Object value) {
        return switch (value) {
            case Secret secret -> secret.reveal();
            case URI url -> url.toString();
            case Collection<?> elements ->
                elements.stream().map(SettingsBuilder::text).collect(Collectors.joining(", "));
            default -> Values.show(value);
        };
    }

    /**
     * The settings.
     *
     * @throws IllegalArgumentException with a message that lists every problem, with secrets redacted
     */
    public T build() {
        List<Problem> problems = new ArrayList<>();
        ConfigNode.Mapping root = new ConfigNode.Mapping("", new LinkedHashMap<>());
        KeyPath.setAll(root, values, problems);
        Binder binder = new Binder(problems);
        T settings = binder.bind(type, root);
        if (settings != null) {
            binder.check(settings);
        }
        if (settings == null || !problems.isEmpty()) {
            throw new IllegalArgumentException(
                    problems.stream().map(Problem::toString).collect(Collectors.joining("; ")));
        }
        return settings;
    }
}
