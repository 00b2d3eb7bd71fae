package dev.slipway.core.store.s3;

import org.jspecify.annotations.Nullable;

/**
 * How objects are stored in one place: what each request there is made with. What of it is set holds for all objects that
 * are written there; see {@link StorageRule} for which place.
 *
 * @param encryption how they are encrypted
 * @param storageClass the class as S3 names it, or null for the store's usual one
 * @param acl the canned ACL as S3 names it, or null for none
 * @param role the role that all requests are made in, or null for the gateway's own credentials
 */
public record StoragePolicy(
        Encryption encryption,
        @Nullable String storageClass,
        @Nullable String acl,
        @Nullable AssumedRole role) {
    /** Nothing is asked for. */
    public static final StoragePolicy NONE = new StoragePolicy(new Encryption.BucketDefault(), null, null, null);

    /** The same with another encryption. */
    public StoragePolicy withEncryption(Encryption value) {
        return new StoragePolicy(value, storageClass, acl, role);
    }

    /** The same with another storage class. */
    public StoragePolicy withStorageClass(@Nullable String value) {
        return new StoragePolicy(encryption, value, acl, role);
    }

    /** The same in another role. */
    public StoragePolicy withRole(@Nullable AssumedRole value) {
        return new StoragePolicy(encryption, storageClass, acl, value);
    }
}
