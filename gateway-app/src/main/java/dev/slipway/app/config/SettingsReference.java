package dev.slipway.app.config;

import dev.slipway.core.account.Network;
import dev.slipway.core.net.ListenPort;
import dev.slipway.core.net.PortRange;
import dev.slipway.core.setting.Schema;
import dev.slipway.core.setting.Setting;
import dev.slipway.core.unit.CountLimit;
import dev.slipway.core.unit.DataSize;
import dev.slipway.core.unit.SizeLimit;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** The reference of all settings, as Markdown, for {@code docs/reference/configuration.md} and the command. */
public final class SettingsReference {
    private SettingsReference() {}

    /** One table for each section, with every setting's key, type, default, meaning and environment variable. */
    public static String markdown() {
        Map<String, List<String>> sections = new LinkedHashMap<>();
        for (Schema.Entry entry : Schema.entries(GatewaySettings.class, EnvironmentSource.PREFIX)) {
            String section = entry.key().substring(0, entry.key().lastIndexOf('.'));
            Setting setting = Objects.requireNonNull(entry.schema().setting(), entry.key());
            sections.computeIfAbsent(section, _ -> new ArrayList<>())
                    .add("| `" + entry.key() + "`<br>`" + entry.variable() + "` | "
                            + (setting.byDefault().isEmpty()
                                    ? entry.schema().isOptional() ? "none" : "required"
                                    : "`" + setting.byDefault() + "`")
                            + " | " + setting.value() + " *" + type(entry.schema(), setting) + "* |");
        }
        List<String> lines = new ArrayList<>();
        sections.forEach((section, rows) -> {
            lines.addAll(List.of("", "### `" + section + "`", "", "| key | default | meaning |", "|---|---|---|"));
            lines.addAll(rows);
        });
        return String.join("\n", lines) + "\n";
    }

    private static String type(Schema schema, Setting setting) {
        String one = type(schema.type(), setting);
        return schema.isList() ? "List of: " + one : one.substring(0, 1).toUpperCase(Locale.ROOT) + one.substring(1);
    }

    private static String type(Class<?> type, Setting setting) {
        if (type == Duration.class) {
            return "duration (`ms`, `s`, `m`, `h`, `d`)"
                    + (setting.shortest().equals("0s") ? "" : ", at least `" + setting.shortest() + "`");
        } else if (type == DataSize.class) {
            return "size (`KiB`, `MiB`, `GiB`)";
        } else if (type == SizeLimit.class) {
            return "size (`KiB`, `MiB`, `GiB`, `TiB`) or `unlimited`";
        } else if (type == CountLimit.class) {
            return "number from 1 or `unlimited`";
        } else if (type == ListenPort.class) {
            return "port or `off`";
        } else if (type == PortRange.class) {
            return "range of ports";
        } else if (type == int.class || type == Integer.class) {
            return "number from " + setting.least()
                    + (setting.most() < Integer.MAX_VALUE ? " to " + setting.most() : "");
        } else if (type == boolean.class || type == Boolean.class) {
            return "`true` or `false`";
        } else if (type == Path.class) {
            return "path";
        } else if (type == URI.class) {
            return "URL";
        } else if (type == Network.class) {
            return "network";
        } else if (type == Instant.class) {
            return "date or time";
        } else if (type.isEnum()) {
            return "word";
        }
        return type.getSimpleName().equals("Secret") ? "secret text" : "text";
    }
}
