package dev.slipway.core.setting;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A value as written, with its location. */
public sealed interface ConfigNode {
    /** The file and line, or the environment variable. */
    String where();

    /**
     * Text, number or boolean, kept as written.
     *
     * @param base the base for relative paths
     */
    record Scalar(String where, String text, Path base) implements ConfigNode {}

    /** Values by name, in the order of the file. Mutable while sources are merged. */
    record Mapping(String where, Map<String, ConfigNode> values) implements ConfigNode {}

    /** Values in order. Mutable while sources are merged. */
    record Sequence(String where, List<ConfigNode> values) implements ConfigNode {}
}
