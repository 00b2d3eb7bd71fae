package dev.slipway.core.account;

import dev.slipway.core.FieldProblem;
import dev.slipway.core.NameRule;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A mount, as somebody specifies it; nothing is checked yet.
 *
 * @param path the absolute path at which the account sees it
 * @param bucket null for the gateway's default bucket
 * @param prefix the beginning of the keys; null or empty for the whole bucket
 * @param readOnly whether nothing below it can be changed
 * @param archives whether archived files appear at their original paths
 */
public record MountDefinition(
        String path, @Nullable String bucket, @Nullable String prefix, boolean readOnly, boolean archives) {
    /** A mount that shows only what is in the bucket. */
    public MountDefinition(String path, @Nullable String bucket, @Nullable String prefix, boolean readOnly) {
        this(path, bucket, prefix, readOnly, false);
    }

    static MountDefinition of(Mount mount) {
        return new MountDefinition(
                mount.path().toString(), mount.bucket(), mount.prefix(), mount.readOnly(), mount.archives());
    }

    /** Checks it, and that no other mount has its path. */
    void check(String key, @Nullable String defaultBucket, Set<VirtualPath> paths, List<FieldProblem> problems) {
        checkPath(key + "path", paths, problems);
        if (bucket == null && defaultBucket == null) {
            problems.add(new FieldProblem(
                    key + "bucket", "it is missing, and the configuration has no s3.bucket", "a bucket name"));
        } else if (bucket != null && !NameRule.BUCKET.accepts(bucket)) {
            problems.add(new FieldProblem(
                    key + "bucket", "'" + bucket + "' is not a valid bucket name", NameRule.BUCKET.expected()));
        }
        if (prefix != null && prefix.startsWith("/")) {
            problems.add(new FieldProblem(
                    key + "prefix", "it starts with /", "a prefix that ends with / and does not start with it"));
        } else if (prefix != null && !prefix.isEmpty() && !prefix.endsWith("/")) {
            problems.add(new FieldProblem(key + "prefix", "it does not end with /", prefix + "/"));
        }
    }

    private void checkPath(String key, Set<VirtualPath> paths, List<FieldProblem> problems) {
        try {
            VirtualPath parsed = VirtualPath.parse(path);
            if (!path.equals(parsed.toString())) {
                problems.add(new FieldProblem(
                        key, "'" + path + "' is not absolute and normalised", "an absolute path such as " + parsed));
            } else if (!paths.add(parsed)) {
                problems.add(new FieldProblem(key, path + " is mounted twice", "each path once"));
            }
        } catch (VfsException e) {
            problems.add(new FieldProblem(key, String.valueOf(e.getMessage()), "an absolute path such as /in"));
        }
    }

    /** The mount of a definition without problems. */
    Mount mount(@Nullable String defaultBucket) {
        try {
            return new Mount(
                    VirtualPath.parse(path),
                    Objects.requireNonNull(bucket == null ? defaultBucket : bucket, "the bucket was not checked"),
                    Objects.requireNonNullElse(prefix, ""),
                    readOnly,
                    archives);
        } catch (VfsException e) {
            throw new IllegalStateException("the path was not checked: " + path, e);
        }
    }
}
