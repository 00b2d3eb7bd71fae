package dev.slipway.core.store.s3;

/**
 * Where a policy holds. Of several rules that fit a key the one with the longest prefix counts, alone.
 *
 * @param bucket the bucket
 * @param prefix what the keys start with: empty, or ending with {@code /}
 */
public record StorageRule(String bucket, String prefix, StoragePolicy policy) {
    /** What the keys of this place start with, for messages. */
    String place() {
        return "s3://" + bucket + "/" + prefix;
    }
}
