package dev.slipway.app.log;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** One line of the audit log: named fields, in order. Its text is {@code name=value name=value}. */
final class AuditEntry {
    private final SequencedMap<String, Object> fields = new LinkedHashMap<>();

    AuditEntry(String event) {
        fields.put("event", event);
    }

    AuditEntry with(String name, String value) {
        fields.put(name, value);
        return this;
    }

    AuditEntry with(String name, long value) {
        fields.put(name, value);
        return this;
    }

    /** Each value is a {@code String} or a {@code Long}. */
    SequencedMap<String, Object> fields() {
        return Collections.unmodifiableSequencedMap(fields);
    }

    @Override
    public String toString() {
        StringBuilder line = new StringBuilder(160);
        fields.forEach((name, value) -> {
            if (!line.isEmpty()) {
                line.append(' ');
            }
            line.append(name).append('=');
            Escapes.appendValue(line, value.toString());
        });
        return line.toString();
    }
}
