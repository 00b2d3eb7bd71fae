package dev.slipway.core.store.s3;

/**
 * A storage policy and the location where it applies. If several rules match a key, only the one with the longest
 * prefix applies.
 *
 * @param bucket the bucket
 * @param prefix the prefix of the keys: empty, or ending with {@code /}
 */
public record StorageRule(String bucket, String prefix, StoragePolicy policy) {
    /** The bucket and prefix, for messages. */
    public String place() {
        return "s3://" + bucket + "/" + prefix;
    }
}
