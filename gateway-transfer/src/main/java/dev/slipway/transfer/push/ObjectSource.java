package dev.slipway.transfer.push;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.state.AttributeTable;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectSources;
import dev.slipway.core.store.PresignedRequest;
import dev.slipway.core.store.StoreException;
import dev.slipway.transfer.job.JobException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An object of the gateway's own store. */
final class ObjectSource implements Source {
    private final ObjectSources store;
    private final AttributeTable attributes;
    private final String name;
    private final ObjectKey key;
    private final @Nullable String versionId;
    private final @Nullable String etag;
    private final Duration lifetime;
    private final @Nullable URI endpoint;

    /**
     * An object.
     *
     * @param name what people call it, who may not know its key
     * @param attributes where digests are kept that were computed during uploads
     * @param versionId null for the newest version
     * @param etag the ETag of the only version that may be sent; null for any
     * @param lifetime how long a remote can make a request
     * @param endpoint where remotes reach the store; null for where the gateway does
     */
    ObjectSource(
            ObjectSources store,
            AttributeTable attributes,
            String name,
            ObjectKey key,
            @Nullable String versionId,
            @Nullable String etag,
            Duration lifetime,
            @Nullable URI endpoint) {
        this.store = store;
        this.attributes = attributes;
        this.name = name;
        this.key = key;
        this.versionId = versionId;
        this.etag = etag;
        this.lifetime = lifetime;
        this.endpoint = endpoint;
    }

    @Override
    public SourceVersion current() throws JobException {
        try {
            Optional<ObjectInfo> present = store.head(key, versionId);
            if (present.isEmpty()) {
                Optional<StoreException> problem = bucketProblem(store, key.bucket());
                if (problem.isPresent()) {
                    throw failure(problem.get());
                }
                throw JobException.permanent(
                        "there is no object " + name + (versionId == null ? "" : " with the version " + versionId));
            }
            ObjectInfo found = present.get();
            if (etag != null && !etag.equals(found.etag())) {
                throw JobException.permanent(
                        "the object " + name + " was replaced: the order is for an earlier version of it");
            }
            return new SourceVersion(
                    found.size(), found.etag(), found.lastModified().getEpochSecond(), versionId);
        } catch (StoreException e) {
            throw failure(e);
        }
    }

    /**
     * Why nothing is found in a bucket: the answer to a HEAD has no code, so it cannot tell a bucket that does not exist from
     * an object that does not. Asks the store for a listing of one key.
     *
     * @return what the store says; empty if it lists the bucket, or cannot be asked now
     */
    static Optional<StoreException> bucketProblem(ObjectSources store, String bucket) {
        try {
            ObjectPage _ = store.list(bucket, "", false, null, 1);
            return Optional.empty();
        } catch (StoreException e) {
            return e.isPermanent() ? Optional.of(e) : Optional.empty();
        }
    }

    private ObjectInfo info(SourceVersion version) {
        return new ObjectInfo(
                key, version.size(), version.etag(), Instant.ofEpochSecond(version.modified()), version.versionId());
    }

    @Override
    public PresignedRequest request(SourceVersion version) throws JobException {
        try {
            return store.presign(info(version), lifetime, endpoint);
        } catch (StoreException e) {
            throw failure(e);
        }
    }

    @Override
    public PieceReader open(SourceVersion version, long offset, long end) throws JobException {
        ObjectReader reader;
        try {
            reader = store.read(info(version), offset, end);
        } catch (StoreException e) {
            throw failure(e);
        }
        return new PieceReader() {
            @Override
            public int read(ByteBuffer target) throws JobException {
                try {
                    return reader.read(target);
                } catch (StoreException e) {
                    throw failure(e);
                }
            }

            @Override
            public void close() {
                reader.close();
            }
        };
    }

    @Override
    public Map<DigestAlgorithm, byte[]> digests(SourceVersion version) throws JobException {
        ObjectInfo info = info(version);
        try {
            Map<DigestAlgorithm, byte[]> known = new EnumMap<>(DigestAlgorithm.class);
            known.putAll(store.digests(info));
            for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
                attributes.digest(info, algorithm).ifPresent(digest -> known.put(algorithm, digest));
            }
            return known;
        } catch (StoreException e) {
            throw failure(e);
        }
    }

    /** A version that was replaced is a failed attempt, too: the next one sends the new one, if the order means any. */
    static JobException failure(StoreException e) {
        return JobException.of(e, String.valueOf(e.getMessage()));
    }
}
