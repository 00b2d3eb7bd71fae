package dev.slipway.app.config;

import dev.slipway.core.setting.Binder;
import dev.slipway.core.setting.ConfigNode;
import dev.slipway.core.setting.Problem;
import dev.slipway.core.setting.Schema;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Overrides the file with environment variables. */
final class EnvironmentSource {
    static final String PREFIX = "SLIPWAY_";

    /** Used by the scripts and the command line. */
    private static final Set<String> NO_SETTINGS = Set.of(
            "SLIPWAY_CONFIG",
            "SLIPWAY_JAVA_OPTIONS",
            "SLIPWAY_DOCKER",
            "SLIPWAY_MINIO_IMAGE",
            "SLIPWAY_RABBITMQ_IMAGE",
            "SLIPWAY_VERSITYGW_IMAGE");

    /** Additional variable names for settings. */
    private static final Map<String, String> OTHER_NAMES = Map.of("SLIPWAY_SECRET_KEY", "SLIPWAY_TRANSFER_SECRET_KEY");

    /** Kubernetes sets such variables for a service named slipway or slipway-anything. */
    private static final Pattern SERVICE_LINK =
            Pattern.compile("SLIPWAY_(.+_)?(SERVICE_(HOST|PORT(_.+)?)|PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)");

    private static final Pattern INDEX = Pattern.compile("(\\d{1,3})(?:_(.+))?");

    private final List<Problem> problems;

    private EnvironmentSource(List<Problem> problems) {
        this.problems = problems;
    }

    /** Sets every {@code SLIPWAY_} variable in the tree; unknown ones are problems. */
    static void apply(Map<String, String> environment, ConfigNode.Mapping root, List<Problem> problems) {
        EnvironmentSource source = new EnvironmentSource(problems);
        // Sorted, so that list elements are in order and problems are deterministic.
        new TreeMap<>(environment).forEach((variable, value) -> {
            if (variable.startsWith(PREFIX) && !NO_SETTINGS.contains(variable) && !isServiceLink(variable, value)) {
                if (!source.set(GatewaySettings.class, root, setting(variable), variable, value)) {
                    problems.add(new Problem(
                            "",
                            "environment variable " + variable,
                            null,
                            "is not a setting" + Binder.suggestion(variable, known())));
                }
            }
        });
    }

    private static String setting(String variable) {
        return OTHER_NAMES.getOrDefault(variable, variable).substring(PREFIX.length());
    }

    private static boolean isServiceLink(String variable, String value) {
        return SERVICE_LINK.matcher(variable).matches() || (variable.endsWith("_PORT") && value.matches("\\w+://.*"));
    }

    private static List<String> known() {
        return Schema.entries(GatewaySettings.class, EnvironmentSource.PREFIX).stream()
                .map(entry -> entry.variable().replace("<n>", "0"))
                .toList();
    }

    private boolean set(Class<?> section, ConfigNode.Mapping mapping, String rest, String variable, String value) {
        for (Schema schema : Schema.of(section)) {
            String name = schema.environmentName();
            if (!schema.isSection() && rest.equals(name)) {
                mapping.values().put(schema.name(), leaf(schema, variable, value));
                return true;
            }
            for (String replaced : schema.replaced()) {
                if (rest.equals(Schema.environmentName(replaced))) {
                    // Reported by the binder, as if it were in the file.
                    mapping.values().put(replaced, leaf(schema, variable, value));
                    return true;
                }
            }
            if (schema.isSection() && rest.startsWith(name + "_")) {
                String inner = rest.substring(name.length() + 1);
                if (schema.isList()
                        ? setElement(schema, mapping, inner, variable, value)
                        : setSection(schema, mapping, inner, variable, value)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean setSection(Schema schema, ConfigNode.Mapping mapping, String rest, String variable, String value) {
        ConfigNode present = mapping.values().get(schema.name());
        ConfigNode.Mapping section = present instanceof ConfigNode.Mapping found
                ? found
                : new ConfigNode.Mapping(where(variable), new LinkedHashMap<>());
        if (!set(schema.type(), section, rest, variable, value)) {
            return false;
        }
        // If the file has no section here, the value stays, to be reported by the binder.
        mapping.values().putIfAbsent(schema.name(), section);
        return true;
    }

    private boolean setElement(Schema schema, ConfigNode.Mapping mapping, String rest, String variable, String value) {
        var matcher = INDEX.matcher(rest);
        if (!matcher.matches() || matcher.group(2) == null) {
            return false;
        }
        int index = Integer.parseInt(matcher.group(1));
        ConfigNode present = mapping.values().get(schema.name());
        ConfigNode.Sequence sequence = present instanceof ConfigNode.Sequence found
                ? found
                : new ConfigNode.Sequence(where(variable), new ArrayList<>());
        boolean isNew = index >= sequence.values().size();
        ConfigNode element = isNew
                ? new ConfigNode.Mapping(where(variable), new LinkedHashMap<>())
                : sequence.values().get(index);
        if (!(element instanceof ConfigNode.Mapping section)
                || !set(schema.type(), section, matcher.group(2), variable, value)) {
            return false;
        }
        if (isNew && index > sequence.values().size()) {
            problems.add(new Problem(
                    "",
                    "environment variable " + variable,
                    null,
                    "counts from 0 without gaps; the next one is "
                            + sequence.values().size()));
            return true;
        }
        if (isNew) {
            sequence.values().add(element);
        }
        mapping.values().putIfAbsent(schema.name(), sequence);
        return true;
    }

    private static ConfigNode leaf(Schema schema, String variable, String value) {
        Path base = Path.of("").toAbsolutePath();
        if (!schema.isList()) {
            return new ConfigNode.Scalar(where(variable), value, base);
        }
        return Binder.split(new ConfigNode.Scalar(where(variable), value, base));
    }

    private static String where(String variable) {
        return "environment variable " + variable;
    }
}
