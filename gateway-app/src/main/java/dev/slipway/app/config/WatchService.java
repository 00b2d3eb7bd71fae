package dev.slipway.app.config;

import dev.slipway.core.setting.ConfigNode;
import dev.slipway.core.setting.KeyPath;
import dev.slipway.core.setting.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a service that watches folders of users, decompresses what is written there, stores it in a bucket and
 * removes it: sources on the command line or in its file, defaults in that file or in {@code SFTPPUSH_} variables.
 * A folder is that of the users, the name of the user and a path, one behind the other; keys begin with the name of the
 * user.
 */
final class WatchService {
    private static final String PREFIX = "SFTPPUSH_DEFAULTS_";

    /** The service's settings, and what they are called in variables. */
    private static final Set<String> DEFAULTS = Set.of("userpath", "s3target", "awsregion", "awsprofile");

    private static final String USER_PATH = "userpath";
    private static final String TARGET = "s3target";

    private final List<Problem> problems;
    private final ConfigNode.Mapping root = new ConfigNode.Mapping("the watched sources", new LinkedHashMap<>());
    private final List<String> watches = new ArrayList<>();

    /** A user and its folders. */
    private record Source(
            String where,
            String name,
            List<String> paths,
            @Nullable String target) {}

    private WatchService(List<Problem> problems) {
        this.problems = problems;
    }

    /**
     * Converts the configuration to settings.
     *
     * @param file of the service; null for none
     * @param sources of the command line, such as {@code name=user1,paths=/a /b}: they replace those of the file
     */
    static ConfigNode.Mapping read(
            @Nullable Path file, List<String> sources, Map<String, String> environment, List<Problem> problems) {
        return new WatchService(problems).read(file, sources, environment);
    }

    private ConfigNode.Mapping read(@Nullable Path file, List<String> sources, Map<String, String> environment) {
        ConfigNode.Mapping service =
                file == null ? new ConfigNode.Mapping("", new LinkedHashMap<>()) : YamlSource.read(file, problems);
        Map<String, String> defaults = defaults(service, environment);
        List<Source> all = new ArrayList<>();
        if (sources.isEmpty()) {
            readSources(service, all);
        } else {
            sources.forEach(source -> parse(source, all));
        }
        if (all.isEmpty() && problems.isEmpty()) {
            problem(
                    "the watched sources",
                    null,
                    "name some: --source \"name=USER,paths=/FOLDER\", or watch.source in the file of" + " --config");
        }
        List<String> missing = new ArrayList<>();
        if (!defaults.containsKey(USER_PATH)) {
            missing.add(USER_PATH);
        }
        if (!defaults.containsKey(TARGET) && all.stream().anyMatch(source -> source.target() == null)) {
            missing.add(TARGET);
        }
        if (!missing.isEmpty()) {
            problem(
                    missing.size() == 1 ? "a default is not set" : "defaults are not set",
                    null,
                    String.join(
                                    ", ",
                                    missing.stream()
                                            .map(name -> "defaults." + name)
                                            .toList()) + ". Set "
                            + String.join(
                                    " and ",
                                    missing.stream().map(WatchService::variable).toList())
                            + ", or defaults in the file of --config: userpath is the folder that those of the users are in,"
                            + " s3target the bucket");
        }
        set("ftps.explicitPort", "off", "the default of slipway watch");
        set("sftp.port", "off", "the default of slipway watch");
        if (missing.isEmpty()) {
            all.forEach(source -> add(source, defaults));
        }
        addRule();
        return root;
    }

    private static String variable(String name) {
        return PREFIX + name.toUpperCase(Locale.ROOT);
    }

    private Map<String, String> defaults(ConfigNode.Mapping service, Map<String, String> environment) {
        Map<String, String> defaults = new LinkedHashMap<>();
        if (service.values().get("defaults") instanceof ConfigNode.Mapping mapping) {
            mapping.values().forEach((name, value) -> {
                if (!DEFAULTS.contains(name)) {
                    problems.add(
                            new Problem(mapping.where(), "defaults." + name, null, "is not a setting of the service"));
                } else if (value instanceof ConfigNode.Scalar scalar
                        && !scalar.text().isBlank()) {
                    defaults.put(name, scalar.text().strip());
                }
            });
        }
        environment.forEach((variable, value) -> {
            if (variable.startsWith(PREFIX)) {
                String name = variable.substring(PREFIX.length()).toLowerCase(Locale.ROOT);
                if (!DEFAULTS.contains(name)) {
                    problem("environment variable " + variable, null, "is not a setting of the service");
                } else if (!value.isBlank()) {
                    defaults.put(name, value.strip());
                }
            }
        });
        String region = defaults.get("awsregion");
        if (region == null) {
            region = environment.getOrDefault("AWS_REGION", environment.getOrDefault("AWS_DEFAULT_REGION", ""));
        }
        if (!region.isBlank()) {
            set("s3.region", region, "the region of the service");
        }
        String profile = defaults.get("awsprofile");
        if (profile != null && !profile.equals(environment.getOrDefault("AWS_PROFILE", "default"))) {
            problem(
                    "defaults.awsprofile",
                    profile,
                    "must be set as AWS_PROFILE=" + profile + " too, which names the profile"
                            + " of the store's credentials");
        }
        return defaults;
    }

    private void readSources(ConfigNode.Mapping service, List<Source> all) {
        if (!(service.values().get("watch") instanceof ConfigNode.Mapping watch)) {
            return;
        }
        for (String list : List.of("source", "users")) {
            if (watch.values().get(list) instanceof ConfigNode.Sequence sequence) {
                for (ConfigNode entry : sequence.values()) {
                    if (entry instanceof ConfigNode.Mapping mapping) {
                        readSource(mapping, all);
                    } else {
                        problems.add(new Problem(entry.where(), "watch." + list, null, "must have a name and paths"));
                    }
                }
            }
        }
    }

    private void readSource(ConfigNode.Mapping entry, List<Source> all) {
        ConfigNode paths = entry.values().getOrDefault("paths", entry.values().get("sources"));
        List<String> folders = switch (paths) {
            case ConfigNode.Sequence sequence ->
                sequence.values().stream().map(WatchService::text).toList();
            case ConfigNode.Scalar scalar -> List.of(scalar.text().strip().split("\\s+"));
            case null, default -> List.of();
        };
        String name = text(entry.values().get("name"));
        String target = text(entry.values().get(TARGET));
        if (name.isEmpty() || folders.isEmpty() || folders.contains("")) {
            problems.add(new Problem(entry.where(), "watch.source", null, "must have a name and paths"));
            return;
        }
        all.add(new Source(entry.where(), name, folders, target.isEmpty() ? null : target));
    }

    private static String text(@Nullable ConfigNode node) {
        return node instanceof ConfigNode.Scalar scalar ? scalar.text().strip() : "";
    }

    /** A source of the command line. */
    private void parse(String source, List<Source> all) {
        String name = "";
        String target = "";
        List<String> paths = List.of();
        for (String part : source.split(",", -1)) {
            String[] pair = part.split("=", 2);
            String value = pair.length == 2 ? pair[1].strip() : "";
            switch (pair[0].strip()) {
                case "name" -> name = value;
                case "paths" -> paths = value.isEmpty() ? List.of() : List.of(value.split("\\s+"));
                case TARGET -> target = value;
                default -> {
                    problem("--source", source, "has an unknown part; known are name, paths and s3target");
                    return;
                }
            }
        }
        if (name.isEmpty() || paths.isEmpty()) {
            problem("--source", source, "must be name=USER,paths=/FOLDER, with spaces between several folders");
            return;
        }
        all.add(new Source("--source", name, paths, target.isEmpty() ? null : target));
    }

    private void add(Source source, Map<String, String> defaults) {
        String target = source.target() == null ? defaults.getOrDefault(TARGET, "") : source.target();
        String[] place = target.replaceFirst("^s3://", "").replaceAll("/+$", "").split("/", 2);
        for (int i = 0; i < source.paths().size(); i++) {
            String path = "/" + source.paths().get(i).replaceAll("^/+|/+$", "");
            String below = source.name() + (path.equals("/") ? "" : path);
            Path folder = Path.of(defaults.getOrDefault(USER_PATH, ""))
                    .resolve(below)
                    .toAbsolutePath()
                    .normalize();
            String name = source.name() + (i == 0 ? "" : "-" + (i + 1));
            String key = "watches[" + watches.size() + "].";
            set(key + "name", name, source.where());
            set(key + "folder", folder.toString(), source.where());
            set(key + "target.bucket", place[0], source.where());
            if (place.length > 1) {
                set(key + "target.prefix", place[1] + "/", source.where());
            }
            set(key + "target.key", below.replace("{", "{{").replace("}", "}}") + "/{path}", source.where());
            // As the service does.
            set(key + "afterwards", "delete", source.where());
            watches.add(name);
        }
    }

    /** What is compressed is decompressed, and expanded if it is an archive. */
    private void addRule() {
        if (!watches.isEmpty()) {
            String where = "the rule of slipway watch";
            set("rules[0].name", "decompress", where);
            set("rules[0].origins", "watch", where);
            set("rules[0].steps[0].action", "decompress", where);
            set("rules[0].steps[0].overwrite", "true", where);
            set("rules[0].steps[0].keep", "false", where);
        }
    }

    private void set(String key, String value, String where) {
        KeyPath.set(root, key, value, where, problems);
    }

    private void problem(String what, @Nullable String value, String expected) {
        problems.add(new Problem("", what, value, expected));
    }
}
