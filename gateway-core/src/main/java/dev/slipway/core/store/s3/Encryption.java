package dev.slipway.core.store.s3;

import org.jspecify.annotations.Nullable;

/** How the store is asked to encrypt objects. */
public sealed interface Encryption {
    /** Nothing is asked for: the bucket's own rule holds. */
    record BucketDefault() implements Encryption {}

    /** SSE-S3: with keys that the store keeps. */
    record StoreKeys() implements Encryption {}

    /**
     * SSE-KMS: with a key of a key management service that the store asks.
     *
     * @param keyId the key, or null for the store's default one
     * @param bucketKey whether one data key may serve many objects, which saves requests to the service
     */
    record Kms(@Nullable String keyId, boolean bucketKey) implements Encryption {}

    /** SSE-C: with a key that goes with every request, and without which nobody can read the objects. */
    record Customer(CustomerKey key) implements Encryption {}
}
