package dev.slipway.core.setting;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Keys such as {@code accounts[0].mounts[1].prefix}, as paths in the tree of settings. */
public final class KeyPath {
    private static final Pattern STEP = Pattern.compile("(\\w+)(?:\\[(\\d{1,3})])?");

    private static final Pattern INDEX = Pattern.compile("\\[(\\d{1,3})]");

    private KeyPath() {}

    /** Sets values, whatever their order: a list is created from its first element on. */
    public static void setAll(ConfigNode.Mapping root, Map<String, String> values, List<Problem> problems) {
        values.keySet().stream()
                .sorted(Comparator.comparing(KeyPath::withPaddedIndexes))
                .forEach(key -> set(root, key, Objects.requireNonNull(values.get(key)), "", problems));
    }

    /** So that the texts are in the order of the numbers in them. */
    private static String withPaddedIndexes(String key) {
        return INDEX.matcher(key)
                .replaceAll(index -> "[" + "0".repeat(3 - index.group(1).length()) + index.group(1) + "]");
    }

    /** Sets a value, creating sections and list elements on the way. */
    public static void set(ConfigNode.Mapping root, String key, String value, String where, List<Problem> problems) {
        ConfigNode.Scalar scalar =
                new ConfigNode.Scalar(where, value, Path.of("").toAbsolutePath());
        ConfigNode.Mapping mapping = root;
        String[] steps = key.split("\\.", -1);
        for (int i = 0; i < steps.length; i++) {
            boolean isLast = i == steps.length - 1;
            Matcher step = STEP.matcher(steps[i]);
            if (!step.matches()) {
                problems.add(new Problem(where, key, null, "is not a key"));
                return;
            }
            Supplier<ConfigNode> missing =
                    isLast ? () -> scalar : () -> new ConfigNode.Mapping(where, new LinkedHashMap<>());
            ConfigNode next = step.group(2) == null
                    ? mapping.values().computeIfAbsent(step.group(1), _ -> missing.get())
                    : element(mapping, step.group(1), Integer.parseInt(step.group(2)), where, missing);
            if (isLast && scalar.equals(next)) {
                return;
            }
            if (isLast || !(next instanceof ConfigNode.Mapping inner)) {
                problems.add(new Problem(where, key, null, "does not fit the other keys, or leaves a gap in a list"));
                return;
            }
            mapping = inner;
        }
    }

    private static @Nullable ConfigNode element(
            ConfigNode.Mapping mapping, String name, int index, String where, Supplier<ConfigNode> missing) {
        ConfigNode list =
                mapping.values().computeIfAbsent(name, _ -> new ConfigNode.Sequence(where, new ArrayList<>()));
        if (!(list instanceof ConfigNode.Sequence sequence)
                || index > sequence.values().size()) {
            return null;
        }
        if (index == sequence.values().size()) {
            sequence.values().add(missing.get());
        }
        return sequence.values().get(index);
    }
}
