package dev.slipway.core.s3;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is stored with an object besides its bytes. Null means the store's default.
 *
 * @param metadata user metadata: names in lower case without the {@code x-amz-meta-} prefix, values in US-ASCII
 * @param storageClass as S3 names it; a HEAD omits the default class
 * @param encryption how the store encrypts it
 * @param tags its tags; empty if they were not requested
 */
public record ObjectDescription(
        Map<String, String> metadata,
        @Nullable String contentType,
        @Nullable String contentEncoding,
        @Nullable String contentDisposition,
        @Nullable String contentLanguage,
        @Nullable String cacheControl,
        @Nullable String storageClass,
        ServerSideEncryption encryption,
        Map<String, String> tags) {
    /** No attributes. */
    public static final ObjectDescription NONE = new ObjectDescription(
            Map.of(), null, null, null, null, null, null, ServerSideEncryption.UNSPECIFIED, Map.of());

    /**
     * How the store encrypts an object with keys that it manages.
     *
     * @param algorithm {@code AES256} or {@code aws:kms}
     * @param kmsKeyId the key for {@code aws:kms}
     * @param bucketKey whether a bucket key is used
     */
    public record ServerSideEncryption(
            @Nullable String algorithm,
            @Nullable String kmsKeyId,
            @Nullable Boolean bucketKey) {
        /** The bucket's default. */
        public static final ServerSideEncryption UNSPECIFIED = new ServerSideEncryption(null, null, null);
    }

    public ObjectDescription {
        metadata = Map.copyOf(metadata);
        tags = Map.copyOf(tags);
    }

    /** Only metadata. */
    public static ObjectDescription of(Map<String, String> metadata) {
        return NONE.withMetadata(metadata);
    }

    /** The same description with other metadata. */
    public ObjectDescription withMetadata(Map<String, String> other) {
        return new ObjectDescription(
                other,
                contentType,
                contentEncoding,
                contentDisposition,
                contentLanguage,
                cacheControl,
                storageClass,
                encryption,
                tags);
    }

    /** The same description with another content type. */
    public ObjectDescription withContentType(@Nullable String other) {
        return new ObjectDescription(
                metadata,
                other,
                contentEncoding,
                contentDisposition,
                contentLanguage,
                cacheControl,
                storageClass,
                encryption,
                tags);
    }

    /** The same description with another storage class. */
    public ObjectDescription withStorageClass(@Nullable String other) {
        return new ObjectDescription(
                metadata,
                contentType,
                contentEncoding,
                contentDisposition,
                contentLanguage,
                cacheControl,
                other,
                encryption,
                tags);
    }

    /** The same description with another encryption. */
    public ObjectDescription withEncryption(ServerSideEncryption other) {
        return new ObjectDescription(
                metadata,
                contentType,
                contentEncoding,
                contentDisposition,
                contentLanguage,
                cacheControl,
                storageClass,
                other,
                tags);
    }

    /** The same description with other tags. */
    public ObjectDescription withTags(Map<String, String> other) {
        return new ObjectDescription(
                metadata,
                contentType,
                contentEncoding,
                contentDisposition,
                contentLanguage,
                cacheControl,
                storageClass,
                encryption,
                other);
    }
}
