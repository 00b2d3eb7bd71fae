package dev.slipway.app.config;

import dev.slipway.core.net.ListenPort;
import dev.slipway.core.net.PortRange;
import dev.slipway.core.setting.Schema;
import dev.slipway.core.setting.Setting;
import dev.slipway.core.setting.Values;
import dev.slipway.core.unit.CountLimit;
import dev.slipway.core.unit.DataSize;
import dev.slipway.core.unit.SizeLimit;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON Schema (draft 2020-12) of the configuration file, for completion and checks in editors. It describes single values;
 * rules that span several settings are found by {@code slipway config check} only.
 */
public final class SettingsSchema {
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final String SIZE = "^\\d+ *([kKmMgGtT][iI]?)?[bB]$";

    private SettingsSchema() {}

    /** The schema, as indented JSON. */
    public static String json() {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        root.put("title", "Configuration of a Slipway gateway");
        describeSection(root, GatewaySettings.class);
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    }

    private static void describeSection(ObjectNode node, Class<?> section) {
        node.put("type", "object");
        node.put("additionalProperties", false);
        ObjectNode properties = node.putObject("properties");
        ArrayNode required = MAPPER.createArrayNode();
        for (Schema schema : Schema.of(section)) {
            describe(properties.putObject(schema.name()), schema);
            Setting setting = schema.setting();
            if (setting != null && setting.byDefault().isEmpty() && !schema.isOptional()) {
                required.add(schema.name());
            }
        }
        if (!required.isEmpty()) {
            node.set("required", required);
        }
    }

    private static void describe(ObjectNode node, Schema schema) {
        if (schema.isSection()) {
            ObjectNode section = node;
            if (schema.isList()) {
                node.put("type", "array");
                section = node.putObject("items");
            }
            describeSection(section, schema.type());
            return;
        }
        Setting setting = Objects.requireNonNull(schema.setting(), schema.name());
        node.put("description", setting.value());
        describeDefault(node, schema.type(), setting.byDefault());
        if (schema.isList()) {
            // A list may also be one text, with commas between its values.
            ArrayNode forms = node.putArray("anyOf");
            ObjectNode list = forms.addObject();
            list.put("type", "array");
            describeValue(list.putObject("items"), schema.type(), setting);
            forms.addObject().put("type", "string");
        } else {
            describeValue(node, schema.type(), setting);
        }
    }

    private static void describeDefault(ObjectNode node, Class<?> type, String byDefault) {
        if (byDefault.isEmpty()) {
            return;
        }
        if (type == boolean.class || type == Boolean.class) {
            node.put("default", Boolean.parseBoolean(byDefault));
        } else if (byDefault.matches("\\d{1,9}")) {
            node.put("default", Integer.parseInt(byDefault));
        } else {
            node.put("default", byDefault);
        }
    }

    private static void describeValue(ObjectNode node, Class<?> type, Setting setting) {
        if (type == boolean.class || type == Boolean.class) {
            node.put("type", "boolean");
        } else if (type == int.class || type == Integer.class) {
            node.put("type", "integer").put("minimum", setting.least());
            if (setting.most() < Integer.MAX_VALUE) {
                node.put("maximum", setting.most());
            }
        } else if (type == Duration.class) {
            pattern(node, "^\\d{1,9} *(ms|s|m|h|d)$");
        } else if (type == DataSize.class) {
            pattern(node, SIZE);
        } else if (type == SizeLimit.class) {
            pattern(node, SIZE + "|^[uU]nlimited$");
        } else if (type == CountLimit.class) {
            ArrayNode forms = node.putArray("anyOf");
            forms.addObject().put("type", "integer").put("minimum", 1);
            forms.addObject().put("const", "unlimited");
        } else if (type == ListenPort.class) {
            ArrayNode forms = node.putArray("anyOf");
            port(forms.addObject());
            forms.addObject().put("const", "off");
            // What YAML 1.1 makes of off.
            forms.addObject().put("const", false);
        } else if (type == PortRange.class) {
            ArrayNode forms = node.putArray("anyOf");
            port(forms.addObject());
            pattern(forms.addObject(), "^\\d{1,5}( *- *\\d{1,5})?$");
        } else if (type == URI.class) {
            pattern(node, "^https?://");
        } else if (type == Instant.class) {
            pattern(node, "^\\d{4}-\\d\\d-\\d\\d(T.+Z)?$");
        } else if (type.isEnum()) {
            ArrayNode words = node.putArray("enum");
            for (Object constant : Objects.requireNonNull(type.getEnumConstants())) {
                String word = Values.show(constant);
                words.add(word);
                if (word.equals("true") || word.equals("false")) {
                    // What YAML makes of it without quotes.
                    words.add(Boolean.parseBoolean(word));
                }
            }
        } else {
            // A text of digits only, such as a password, is a number to YAML.
            node.putArray("type").add("string").add("number");
        }
    }

    private static void pattern(ObjectNode node, String pattern) {
        node.put("type", "string").put("pattern", pattern);
    }

    private static void port(ObjectNode node) {
        node.put("type", "integer").put("minimum", 0).put("maximum", 65_535);
    }
}
