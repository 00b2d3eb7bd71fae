package dev.slipway.ingest.rule;

import dev.slipway.core.Failure;
import dev.slipway.core.NameRule;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.setting.Problems;
import dev.slipway.ingest.target.KeyTemplate;
import dev.slipway.ingest.target.KeyValues;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a step stores within the store: its settings {@code to} and {@code bucket}.
 *
 * @param to a template of the key; null if it is missing
 * @param bucket null for the file's own
 */
record StoreTarget(@Nullable String to, @Nullable String bucket) {
    static final Set<String> SETTINGS = Set.of("to", "bucket", "overwrite");

    StoreTarget(StepSettings settings) {
        this(settings.to(), settings.bucket());
    }

    void check(Problems problems) {
        if (to == null) {
            problems.add("to", null, "must say where to");
        } else {
            Templates.check(problems, "to", to);
        }
        if (bucket != null && !NameRule.BUCKET.accepts(bucket)) {
            problems.add("bucket", bucket, "must be a bucket name: " + NameRule.BUCKET.expected());
        }
    }

    Optional<String> otherBucket() {
        return Optional.ofNullable(bucket);
    }

    private String template() {
        return to == null ? "" : to;
    }

    /** The key, for people. */
    String forecastKey(KeyValues file) {
        return KeyTemplate.parse(template()).expand(file).replaceFirst("^/+", "");
    }

    /** The bucket, if it is named, and the key, for people. */
    String forecast(KeyValues file) {
        return (bucket == null ? "" : bucket + ":") + forecastKey(file);
    }

    String bucket(StepRun run) {
        return bucket == null ? run.progress().bucket() : bucket;
    }

    /**
     * The path for a file.
     *
     * @throws VfsException the template leads to no valid key
     */
    VirtualPath path(StepRun run) throws VfsException {
        String expanded = run.expand(template());
        VirtualPath path = VirtualPath.ROOT.child(bucket(run));
        for (String name : expanded.split("/", -1)) {
            if (name.equals("..") || name.chars().anyMatch(Character::isISOControl)) {
                throw new VfsException(Failure.NAME_INVALID, path, "The target '" + expanded + "' is no valid key.");
            }
            // The folder of a file at the top is empty.
            path = path.resolve(name.isEmpty() ? "." : name);
        }
        return path;
    }

    /** The key of a path. */
    static String key(VirtualPath path) {
        return String.join("/", path.segments().subList(1, path.segments().size()));
    }
}
