package dev.slipway.core.store.requests;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.Failure;
import dev.slipway.core.s3.BodyReceiver;
import dev.slipway.core.s3.GetRequest;
import dev.slipway.core.s3.HeadRequest;
import dev.slipway.core.s3.ObjectChecksums;
import dev.slipway.core.s3.ObjectHead;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Looks up the attributes of objects. */
public final class ObjectHeads {
    /** The ETag of an object that was not uploaded in parts. */
    private static final Pattern MD5_TAG = Pattern.compile("\"?([0-9a-fA-F]{32})\"?");

    private final S3Operations client;

    /** How long the next answer may take. */
    private final Supplier<Duration> limit;

    /**
     * Makes no request.
     *
     * @param limit how long an answer may take, including retries
     */
    public ObjectHeads(S3Operations client, Duration limit) {
        this(client, () -> limit);
    }

    private ObjectHeads(S3Operations client, Supplier<Duration> limit) {
        this.client = client;
        this.limit = limit;
    }

    /** The same, for lookups that end within a time from now, all together. */
    public ObjectHeads within(Duration time) {
        long start = System.nanoTime();
        return new ObjectHeads(client, () -> {
            Duration left = time.minusNanos(System.nanoTime() - start);
            return left.compareTo(limit.get()) < 0 ? left : limit.get();
        });
    }

    /** Returns the newest version, or empty if there is none. */
    public Optional<ObjectInfo> head(ObjectKey key) throws StoreException {
        return head(key, null);
    }

    /** Returns a version by the store's version id; the newest for null. */
    public Optional<ObjectInfo> head(ObjectKey key, @Nullable String versionId) throws StoreException {
        try {
            ObjectHead response = StoreFailures.await(
                    client.head(HeadRequest.of(key).withVersion(versionId)), "HEAD " + key, limit.get());
            return Optional.of(info(key, versionId, response));
        } catch (StoreException e) {
            return switch (e.failure()) {
                case NOT_FOUND -> Optional.empty();
                case PERMISSION_DENIED -> headByGet(key, versionId);
                default -> {
                    if (StoreFailures.isBadRequest(e)) {
                        // MinIO answers 400 to names that it does not accept, such as one with a backslash after dots.
                        yield headByGet(key, versionId);
                    }
                    throw e;
                }
            };
        }
    }

    /** The CRC-32 of a whole version, if the store has it. */
    public OptionalInt crc32(ObjectInfo version) throws StoreException {
        byte[] crc = digests(version).get(DigestAlgorithm.CRC32);
        return crc == null
                ? OptionalInt.empty()
                : OptionalInt.of(ByteBuffer.wrap(crc).getInt());
    }

    /** The digests of a whole version that the store has. */
    public Map<DigestAlgorithm, byte[]> digests(ObjectInfo version) throws StoreException {
        ObjectKey key = version.key();
        ObjectHead found = StoreFailures.await(
                client.head(HeadRequest.of(key).withVersion(version.versionId()).withChecksums(true)),
                "HEAD " + key,
                limit.get());
        if (!info(key, version.versionId(), found).equals(version)) {
            throw new StoreException(Failure.CONFLICT, key + " was replaced meanwhile");
        }
        Map<DigestAlgorithm, byte[]> digests = new EnumMap<>(DigestAlgorithm.class);
        if (found.checksums().type() != ObjectChecksums.Type.COMPOSITE) {
            put(digests, DigestAlgorithm.CRC32, found.checksums().crc32());
            put(digests, DigestAlgorithm.SHA1, found.checksums().sha1());
            put(digests, DigestAlgorithm.SHA256, found.checksums().sha256());
        }
        String encryption = found.description().encryption().algorithm();
        boolean ownKeys = !found.customerKey() && (encryption == null || encryption.equals("AES256"));
        Matcher md5 = MD5_TAG.matcher(version.etag());
        if (ownKeys && md5.matches()) {
            digests.put(DigestAlgorithm.MD5, HexFormat.of().parseHex(md5.group(1)));
        }
        return digests;
    }

    private static void put(
            Map<DigestAlgorithm, byte[]> digests, DigestAlgorithm algorithm, @Nullable String checksum) {
        // Older stores return a checksum of the parts' checksums, followed by a hyphen and the number of parts.
        if (checksum != null && !checksum.contains("-")) {
            digests.put(algorithm, Base64.getDecoder().decode(checksum));
        }
    }

    /** A refused HEAD carries no error code; a GET of the same object does. Its body is not read. */
    private Optional<ObjectInfo> headByGet(ObjectKey key, @Nullable String versionId) throws StoreException {
        try {
            ObjectHead found = StoreFailures.await(
                    client.get(GetRequest.of(key).withVersion(versionId), new Unread()), "GET " + key, limit.get());
            if (found.size() == ObjectHead.UNKNOWN) {
                throw new StoreException(Failure.UNAVAILABLE, "GET " + key + ": the answer has no length");
            }
            return Optional.of(info(key, versionId, found));
        } catch (StoreException e) {
            if (e.failure() == Failure.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Converts an answer to an object's attributes. */
    public static ObjectInfo info(ObjectKey key, @Nullable String versionId, ObjectHead found) {
        return new ObjectInfo(key, found.size(), found.etag(), found.lastModified(), versionId);
    }

    /**
     * Checks a condition by a HEAD, since not every store checks it. The caller's path lock guards the time until the
     * write.
     */
    public void require(WriteCondition condition, ObjectKey key) throws StoreException {
        switch (condition) {
            case WriteCondition.Always _, WriteCondition.StillAbsent _ -> {}
            case WriteCondition.IfAbsent _ -> {
                if (head(key).isPresent()) {
                    throw new StoreException(Failure.CONFLICT, key + " exists");
                }
            }
            case WriteCondition.IfMatch match -> {
                if (!head(key).map(ObjectInfo::etag).equals(Optional.of(match.etag()))) {
                    throw new StoreException(Failure.CONFLICT, key + " was changed");
                }
            }
        }
    }

    /** Refuses any body. */
    private static final class Unread implements BodyReceiver {
        @Override
        public boolean begin(ObjectHead head) {
            return false;
        }

        @Override
        public void receive(ByteBuffer data) {}
    }
}
