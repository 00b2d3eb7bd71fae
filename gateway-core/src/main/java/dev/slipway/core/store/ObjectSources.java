package dev.slipway.core.store;

import dev.slipway.core.DigestAlgorithm;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is needed of a store to send objects on: versions by their ids, pieces of them, and requests that others can make. All
 * calls block and may be made from any thread. Failures are those of {@link ObjectStore}.
 */
public interface ObjectSources {
    /**
     * One version of an object, or empty when there is none.
     *
     * @param versionId the store's id of the version; null for the newest one
     */
    Optional<ObjectInfo> head(ObjectKey key, @Nullable String versionId) throws StoreException;

    /** See {@link ObjectStore#list}. */
    ObjectPage list(String bucket, String prefix, boolean delimited, @Nullable String cursor, int limit)
            throws StoreException;

    /**
     * Reads a piece of a version for the gateway itself; see {@link ObjectStore#read}.
     *
     * @param offset bytes from the beginning of the object, 0 to {@code end}
     * @param end where the reader comes to its end, in bytes from the beginning, at most the version's size
     */
    ObjectReader read(ObjectInfo version, long offset, long end) throws StoreException;

    /**
     * The digests of a whole version as the store keeps them. An entity tag counts as an MD5 only where it is one: not of a
     * multipart upload, nor with keys other than the store's own.
     *
     * @return those that the store keeps; may be empty
     * @throws StoreException {@link dev.slipway.core.Failure#CONFLICT} if there is another version by now
     */
    Map<DigestAlgorithm, byte[]> digests(ObjectInfo version) throws StoreException;

    /**
     * Signs a GET of a version that somebody else will make, with a {@code Range} of their own if they like. It fails with 412
     * if there is another version by then. No request is made.
     *
     * @param lifetime how long it can be made, 1 s to 7 days; shorter where the credentials end before
     * @param endpoint where they reach the store; null for where this gateway does
     */
    PresignedRequest presign(ObjectInfo version, Duration lifetime, @Nullable URI endpoint) throws StoreException;
}
