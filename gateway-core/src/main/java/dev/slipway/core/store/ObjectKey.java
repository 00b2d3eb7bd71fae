package dev.slipway.core.store;

import java.nio.charset.StandardCharsets;

/**
 * Names one object.
 *
 * @param bucket the bucket's name
 * @param key the object's key: 1 to {@value #MAX_BYTES} bytes of UTF-8
 *     (<a href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html">S3, object keys</a>)
 */
public record ObjectKey(String bucket, String key) {
    /** The longest key that S3 allows, in bytes of UTF-8. */
    public static final int MAX_BYTES = 1024;

    public ObjectKey {
        if (bucket.isEmpty() || key.isEmpty()) {
            throw new IllegalArgumentException("bucket and key must not be empty: '" + bucket + "', '" + key + "'");
        }
    }

    /** Whether the key is longer than S3 allows. */
    public boolean isTooLong() {
        return key.length() > MAX_BYTES / 3 && key.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES;
    }

    @Override
    public String toString() {
        return "s3://" + bucket + "/" + key;
    }
}
