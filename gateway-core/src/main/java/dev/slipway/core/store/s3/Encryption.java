package dev.slipway.core.store.s3;

import org.jspecify.annotations.Nullable;

/** How the store encrypts objects. */
public sealed interface Encryption {
    /** As the bucket's default encryption says; requests ask for nothing. */
    record BucketDefault() implements Encryption {}

    /** SSE-S3: with keys that the store manages. */
    record StoreKeys() implements Encryption {}

    /**
     * SSE-KMS: with a key of the store's key management service.
     *
     * @param keyId the key, or null for the store's default key
     * @param bucketKey whether one data key may serve many objects, which saves requests to the service
     */
    record Kms(@Nullable String keyId, boolean bucketKey) implements Encryption {}

    /** SSE-C: with a key that is sent with every request, and without which nobody can read the objects. */
    record Customer(CustomerKey key) implements Encryption {}
}
