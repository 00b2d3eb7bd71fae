package dev.slipway.core.store.s3;

import org.jspecify.annotations.Nullable;

/**
 * How objects are stored in one location; added to each request there. See {@link StorageRule} for the location.
 *
 * @param encryption how objects are encrypted
 * @param storageClass the class as S3 names it, or null for the store's default
 * @param acl the canned ACL as S3 names it, or null for none
 * @param role the role for all requests, or null for the gateway's own credentials
 */
public record StoragePolicy(
        Encryption encryption,
        @Nullable String storageClass,
        @Nullable String acl,
        @Nullable AssumedRole role) {
    /** The store's defaults. */
    public static final StoragePolicy NONE = new StoragePolicy(new Encryption.BucketDefault(), null, null, null);

    /** The same policy with another encryption. */
    public StoragePolicy withEncryption(Encryption value) {
        return new StoragePolicy(value, storageClass, acl, role);
    }

    /** The same policy with another storage class. */
    public StoragePolicy withStorageClass(@Nullable String value) {
        return new StoragePolicy(encryption, value, acl, role);
    }

    /** The same policy with another role. */
    public StoragePolicy withRole(@Nullable AssumedRole value) {
        return new StoragePolicy(encryption, storageClass, acl, value);
    }
}
