package dev.slipway.app.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A value as somebody wrote it, with the place where it was written. */
sealed interface ConfigNode {
    /** The file and line, or the environment variable. */
    String where();

    /**
     * Text, number or truth value: all are kept as written.
     *
     * @param base what a relative path is relative to
     */
    record Scalar(String where, String text, Path base) implements ConfigNode {}

    /** Values by name, in the order of the file. Mutable while sources are laid over each other. */
    record Mapping(String where, Map<String, ConfigNode> values) implements ConfigNode {}

    /** Values in order. Mutable while sources are laid over each other. */
    record Sequence(String where, List<ConfigNode> values) implements ConfigNode {}
}
