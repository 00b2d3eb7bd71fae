package dev.slipway.ingest.rule;

/**
 * Where an archive task finds its files.
 *
 * @param bucket the bucket of the files
 * @param prefix the beginning of their keys, which ends with a slash; empty for the whole bucket
 */
public record ArchiveFolder(String bucket, String prefix) {
    /** Whether a file is there already. */
    boolean contains(String fileBucket, String key) {
        return bucket.equals(fileBucket) && key.startsWith(prefix);
    }

    /** Where a file goes: its whole key follows the prefix. */
    StoreTarget target() {
        return new StoreTarget(prefix.replace("{", "{{").replace("}", "}}") + "{path}", bucket);
    }
}
