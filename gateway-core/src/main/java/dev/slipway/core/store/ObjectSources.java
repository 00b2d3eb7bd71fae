package dev.slipway.core.store;

import dev.slipway.core.DigestAlgorithm;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What pushing objects to remotes needs of a store: versions by their ids, ranges of them, and presigned requests. All
 * calls block. Thread-safe. Failures are those of {@link ObjectStore}.
 */
public interface ObjectSources {
    /**
     * Returns one version of an object, or empty if it does not exist.
     *
     * @param versionId the store's version id; null for the newest version
     */
    Optional<ObjectInfo> head(ObjectKey key, @Nullable String versionId) throws StoreException;

    /** See {@link ObjectStore#list}. */
    ObjectPage list(String bucket, String prefix, boolean delimited, @Nullable String cursor, int limit)
            throws StoreException;

    /**
     * Reads a range of a version for the gateway itself; see {@link ObjectStore#read}.
     *
     * @param offset bytes from the beginning of the object, 0 to {@code end}
     * @param end the end of the range, exclusive, in bytes from the beginning; at most the version's size
     */
    ObjectReader read(ObjectInfo version, long offset, long end) throws StoreException;

    /**
     * Returns the digests of a whole version that the store has. An ETag counts as an MD5 only if it is one: not for
     * multipart uploads, and not for objects encrypted with keys other than the store's own.
     *
     * @return the digests that the store has; may be empty
     * @throws StoreException {@link dev.slipway.core.Failure#CONFLICT} if there is another version by now
     */
    Map<DigestAlgorithm, byte[]> digests(ObjectInfo version) throws StoreException;

    /**
     * Signs a GET of a version for somebody else to make, who may add a {@code Range}. The GET fails with 412 if there
     * is another version by then. Makes no request itself.
     *
     * @param lifetime how long the signature is valid, 1 s to 7 days; shorter if the credentials expire earlier
     * @param endpoint where the requester reaches the store; null for the gateway's own endpoint
     */
    PresignedRequest presign(ObjectInfo version, Duration lifetime, @Nullable URI endpoint) throws StoreException;
}
