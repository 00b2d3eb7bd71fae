package dev.slipway.app.config;

import dev.slipway.core.setting.ConfigNode;
import dev.slipway.core.setting.Problem;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/** Reads the YAML file into nodes that know their lines. */
final class YamlSource {
    /** Deeper than any setting; anchors can nest a document endlessly. */
    private static final int DEEPEST = 10;

    private final Path file;
    private final Path base;
    private final List<Problem> problems;

    private YamlSource(Path file, List<Problem> problems) {
        this.file = file;
        this.base = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(file);
        this.problems = problems;
    }

    /** The file's settings; empty, with a problem added, if it cannot be read. */
    static ConfigNode.Mapping read(Path file, List<Problem> problems) {
        return new YamlSource(file, problems).read();
    }

    private ConfigNode.Mapping read() {
        ConfigNode.Mapping empty = new ConfigNode.Mapping(file.toString(), new LinkedHashMap<>());
        String text;
        try {
            text = Files.readString(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return failed("no such file");
        } catch (CharacterCodingException e) {
            return failed("is not UTF-8 text");
        } catch (IOException e) {
            return failed("cannot be read: " + e.getMessage());
        }
        Optional<Node> root;
        try {
            var settings = LoadSettings.builder()
                    .setLabel(file.toString())
                    .setAllowDuplicateKeys(false)
                    .build();
            root = new Composer(settings, new ParserImpl(settings, new StreamReader(settings, text))).getSingleNode();
        } catch (MarkedYamlEngineException e) {
            // The library's full message quotes the line, which may contain a secret.
            String line = e.getProblemMark()
                    .map(mark -> ", line " + (mark.getLine() + 1))
                    .orElse("");
            return failed("is not valid YAML" + line + ": " + e.getProblem());
        } catch (YamlEngineException e) {
            return failed("is not valid YAML");
        }
        if (root.isEmpty() || isNull(root.get())) {
            return empty;
        }
        if (convert(root.get(), 0) instanceof ConfigNode.Mapping mapping) {
            return mapping;
        }
        return failed("must contain settings as 'key: value'");
    }

    private ConfigNode.Mapping failed(String what) {
        problems.add(new Problem("", file.toString(), null, what));
        return new ConfigNode.Mapping(file.toString(), new LinkedHashMap<>());
    }

    private @Nullable ConfigNode convert(Node node, int depth) {
        String where = where(node);
        if (depth > DEEPEST) {
            problems.add(new Problem(where, "this value", null, "is nested too deeply"));
            return null;
        }
        return switch (node) {
            case ScalarNode scalar -> isNull(scalar) ? null : new ConfigNode.Scalar(where, scalar.getValue(), base);
            case SequenceNode sequence -> {
                List<ConfigNode> values = new ArrayList<>();
                for (Node value : sequence.getValue()) {
                    ConfigNode converted = convert(value, depth + 1);
                    if (converted != null) {
                        values.add(converted);
                    }
                }
                yield new ConfigNode.Sequence(where, values);
            }
            case MappingNode mapping -> {
                Map<String, ConfigNode> values = new LinkedHashMap<>();
                for (NodeTuple tuple : mapping.getValue()) {
                    if (tuple.getKeyNode() instanceof ScalarNode key) {
                        ConfigNode converted = convert(tuple.getValueNode(), depth + 1);
                        if (converted != null) {
                            if (values.put(key.getValue(), converted) != null) {
                                problems.add(
                                        new Problem(where(key), key.getValue(), null, "is set twice in this section"));
                            }
                        }
                    } else {
                        problems.add(new Problem(where(tuple.getKeyNode()), "a key", null, "must be a plain word"));
                    }
                }
                yield new ConfigNode.Mapping(where, values);
            }
            default -> null;
        };
    }

    private static boolean isNull(Node node) {
        return node instanceof ScalarNode && node.getTag().equals(Tag.NULL);
    }

    private String where(Node node) {
        return node.getStartMark()
                .map(mark -> file + ":" + (mark.getLine() + 1))
                .orElse(file.toString());
    }
}
