package dev.slipway.app;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A part of a bucket at a path of an account.
 *
 * @param path the absolute path at which the account sees it, such as {@code /} or {@code /inbox}
 * @param bucket the bucket; empty for the gateway's default bucket
 * @param prefix the beginning of the keys, ending with {@code /}; empty for the whole bucket
 * @param readOnly whether files below it are read-only
 * @param archives whether files that were moved into archives still appear at their original paths
 */
public record MountSpecification(String path, String bucket, String prefix, boolean readOnly, boolean archives) {
    /** Shows only what is in the bucket. */
    public MountSpecification(String path, String bucket, String prefix, boolean readOnly) {
        this(path, bucket, prefix, readOnly, false);
    }

    /** The keys of the default bucket that begin with a prefix, at a path; files can be changed. */
    public static MountSpecification of(String path, String prefix) {
        return new MountSpecification(path, "", prefix, false);
    }

    /** The same in another bucket. */
    public MountSpecification inBucket(String name) {
        return new MountSpecification(path, name, prefix, readOnly, archives);
    }

    /** The same, read-only. */
    public MountSpecification asReadOnly() {
        return new MountSpecification(path, bucket, prefix, true, archives);
    }

    /** The same, with the files that were moved into archives. */
    public MountSpecification withArchives() {
        return new MountSpecification(path, bucket, prefix, readOnly, true);
    }

    Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("path", path);
        if (!bucket.isEmpty()) {
            settings.put("bucket", bucket);
        }
        if (!prefix.isEmpty()) {
            settings.put("prefix", prefix);
        }
        settings.put("readOnly", String.valueOf(readOnly));
        settings.put("archives", String.valueOf(archives));
        return settings;
    }
}
