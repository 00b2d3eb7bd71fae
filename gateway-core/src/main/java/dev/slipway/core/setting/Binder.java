package dev.slipway.core.setting;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Creates records from the sources, and collects every problem instead of stopping at the first. */
public final class Binder {
    private final List<Problem> problems;
    private final Map<String, String> effective = new LinkedHashMap<>();

    /** Where each secret was read, by its key. */
    private final Map<String, String> secrets = new LinkedHashMap<>();

    public Binder(List<Problem> problems) {
        this.problems = problems;
    }

    /** Every setting that has a value, by its key, as text with secrets redacted. */
    public Map<String, String> effective() {
        return effective;
    }

    /** The keys of secrets that were read from places with this prefix. */
    public List<String> secretsOf(String where) {
        return secrets.entrySet().stream()
                .filter(secret -> secret.getValue().startsWith(where))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The record, or null if there were problems, which are then in the list. */
    public <T extends Record> @Nullable T bind(Class<T> type, ConfigNode.Mapping mapping) {
        int before = problems.size();
        Object record = bindSection(type, mapping, "");
        return problems.size() > before || record == null ? null : type.cast(record);
    }

    /** Applies the rules of each section that has some, and collects every problem. */
    public void check(Record settings) {
        check(settings, "");
    }

    private void check(Object section, String prefix) {
        if (section instanceof CheckedSettings checked) {
            checked.check((name, value, expected) -> problems.add(Problem.of(prefix + name, value, expected)));
        }
        for (Schema schema : Schema.of(section.getClass())) {
            if (!schema.isSection()) {
                continue;
            }
            String key = prefix + schema.name();
            Object value = schema.valueIn(section);
            if (value instanceof List<?> elements) {
                for (int i = 0; i < elements.size(); i++) {
                    check(elements.get(i), key + "[" + i + "].");
                }
            } else {
                check(value, key + ".");
            }
        }
    }

    private @Nullable Object bindSection(Class<?> type, ConfigNode.Mapping mapping, String prefix) {
        List<Schema> schemas = Schema.of(type);
        List<String> names = schemas.stream().map(Schema::name).toList();
        mapping.values().forEach((name, node) -> {
            if (!names.contains(name)) {
                problems.add(new Problem(
                        node.where(),
                        prefix + name,
                        null,
                        schemas.stream()
                                .filter(schema -> schema.replaced().contains(name))
                                .map(schema -> "was replaced by " + prefix + schema.name())
                                .findFirst()
                                .orElseGet(() -> "is not a setting" + suggestion(name, names))));
            }
        });
        int before = problems.size();
        List<@Nullable Object> values = new ArrayList<>();
        for (Schema schema : schemas) {
            ConfigNode node = mapping.values().get(schema.name());
            String key = prefix + schema.name();
            values.add(schema.isList() ? bindList(schema, node, key) : bindOne(schema, node, key));
        }
        return problems.size() > before ? null : construct(type, values);
    }

    private @Nullable Object bindOne(Schema schema, @Nullable ConfigNode node, String key) {
        if (schema.isSection()) {
            return switch (node) {
                case null -> bindSection(schema.type(), new ConfigNode.Mapping("", new LinkedHashMap<>()), key + ".");
                case ConfigNode.Mapping mapping -> bindSection(schema.type(), mapping, key + ".");
                case ConfigNode.Scalar _, ConfigNode.Sequence _ -> {
                    problems.add(new Problem(node.where(), key, null, "must be a section of 'key: value' lines"));
                    yield null;
                }
            };
        }
        Setting setting = Objects.requireNonNull(schema.setting(), key);
        return switch (node) {
            case null -> {
                if (!setting.byDefault().isEmpty()) {
                    yield bindScalar(schema, setting, byDefault(setting), key);
                }
                if (!schema.isOptional()) {
                    problems.add(new Problem("", key, null, "is required"));
                }
                yield null;
            }
            case ConfigNode.Scalar scalar -> bindScalar(schema, setting, scalar, key);
            case ConfigNode.Mapping _, ConfigNode.Sequence _ -> {
                problems.add(new Problem(node.where(), key, null, "must be a single value"));
                yield null;
            }
        };
    }

    private static ConfigNode.Scalar byDefault(Setting setting) {
        return new ConfigNode.Scalar("", setting.byDefault(), Path.of("").toAbsolutePath());
    }

    private @Nullable Object bindScalar(Schema schema, Setting setting, ConfigNode.Scalar scalar, String key) {
        Object value = parse(schema, setting, scalar, key);
        if (value != null) {
            effective.put(key, Values.showEffective(value));
        }
        return value;
    }

    private @Nullable Object parse(Schema schema, Setting setting, ConfigNode.Scalar scalar, String key) {
        if (schema.type() == Secret.class) {
            secrets.put(key, scalar.where());
        }
        try {
            return Values.parse(scalar, schema.type(), setting);
        } catch (IllegalArgumentException e) {
            problems.add(new Problem(
                    scalar.where(), key, Values.showRaw(scalar.text(), schema.type()), "expected " + e.getMessage()));
            return null;
        }
    }

    private Object bindList(Schema schema, @Nullable ConfigNode node, String key) {
        Setting setting = schema.setting();
        ConfigNode.Sequence sequence = switch (node) {
            case null ->
                setting == null || setting.byDefault().isEmpty()
                        ? new ConfigNode.Sequence("", List.of())
                        : split(byDefault(setting));
            case ConfigNode.Sequence found -> found;
            case ConfigNode.Scalar scalar when !schema.isSection() -> split(scalar);
            case ConfigNode.Scalar _, ConfigNode.Mapping _ -> {
                problems.add(new Problem(node.where(), key, null, "must be a list"));
                yield new ConfigNode.Sequence(node.where(), List.of());
            }
        };
        Collection<Object> values =
                schema.component().getType() == Set.class ? new LinkedHashSet<>() : new ArrayList<>();
        List<String> shown = new ArrayList<>();
        for (int i = 0; i < sequence.values().size(); i++) {
            String elementKey = key + "[" + i + "]";
            ConfigNode element = sequence.values().get(i);
            Object value = null;
            if (schema.isSection() && element instanceof ConfigNode.Mapping mapping) {
                value = bindSection(schema.type(), mapping, elementKey + ".");
            } else if (schema.isSection()) {
                problems.add(new Problem(element.where(), elementKey, null, "must be 'key: value' lines"));
            } else if (element instanceof ConfigNode.Scalar scalar) {
                value = parse(schema, Objects.requireNonNull(setting, key), scalar, elementKey);
            } else {
                problems.add(new Problem(element.where(), elementKey, null, "must be a single value"));
            }
            if (value != null) {
                values.add(value);
                shown.add(Values.show(value));
            }
        }
        if (!schema.isSection()) {
            effective.put(key, String.join(", ", shown));
        }
        return values;
    }

    /** The elements of a list written as one text, separated by commas or line ends. */
    public static ConfigNode.Sequence split(ConfigNode.Scalar scalar) {
        List<ConfigNode> elements = new ArrayList<>();
        for (String element : scalar.text().split("[,\n]", -1)) {
            if (!element.isBlank()) {
                elements.add(new ConfigNode.Scalar(scalar.where(), element.strip(), scalar.base()));
            }
        }
        return new ConfigNode.Sequence(scalar.where(), elements);
    }

    private static Object construct(Class<?> type, List<@Nullable Object> values) {
        Class<?>[] types = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            return type.getDeclaredConstructor(types).newInstance(values.toArray());
        } catch (InvocationTargetException e) {
            throw new AssertionError(type + " refuses settings that were checked", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(type + " cannot be made of its settings", e);
        }
    }

    /** Suggests the known name that was probably meant. */
    public static String suggestion(String name, List<String> known) {
        return known.stream()
                .min((a, b) -> Integer.compare(distance(name, a), distance(name, b)))
                .filter(closest -> distance(name, closest) <= Math.max(1, name.length() / 3))
                .map(closest -> "; did you mean " + closest + "?")
                .orElse("");
    }

    /** The Levenshtein distance, ignoring case. */
    private static int distance(String first, String second) {
        String a = first.toLowerCase(Locale.ROOT);
        String b = second.toLowerCase(Locale.ROOT);
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
