package dev.slipway.core.store.s3;

import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.s3.MultipartUpload.StoredPart;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.ListPartsRequest;
import software.amazon.awssdk.services.s3.model.ListPartsResponse;
import software.amazon.awssdk.services.s3.model.Part;

/**
 * The parts of a multipart upload that the store has, from the first one on without a gap and as far as others can
 * follow: a part below S3's least size can only be the last one.
 *
 * @param parts in order
 * @param hasOthers whether it has further ones, behind a gap or too small
 * @param wholeObjectChecksum whether the store verifies a CRC-32 of the whole object, and all parts' are known
 */
record StoredParts(List<StoredPart> parts, boolean hasOthers, boolean wholeObjectChecksum) {
    private static final int PAGE = 1000;

    StoredParts {
        parts = List.copyOf(parts);
    }

    /** Asks the store; see {@link #of(S3AsyncClient, ObjectKey, String, PartSizes, Map, int)}. */
    static StoredParts of(
            S3AsyncClient client, ObjectKey key, String uploadId, PartSizes sizes, Map<Integer, Integer> checksums)
            throws StoreException {
        return of(client, key, uploadId, sizes, checksums, PAGE);
    }

    /**
     * Asks the store. Blocks.
     *
     * @param checksums the CRC-32 of parts by their numbers, for stores that do not list them; empty if they were sent
     *     without
     * @param page how many parts it names at once, 1 to 1000
     * @throws StoreException {@link dev.slipway.core.Failure#NOT_FOUND} if it does not know the upload
     */
    static StoredParts of(
            S3AsyncClient client,
            ObjectKey key,
            String uploadId,
            PartSizes sizes,
            Map<Integer, Integer> checksums,
            int page)
            throws StoreException {
        List<StoredPart> parts = new ArrayList<>();
        boolean checked = true;
        ListPartsRequest request = ListPartsRequest.builder()
                .bucket(key.bucket())
                .key(key.key())
                .uploadId(uploadId)
                .maxParts(page)
                .build();
        while (true) {
            ListPartsResponse response = S3Failures.await(client.listParts(request), "LIST parts of " + key);
            for (Part part : response.parts()) {
                long bytes = part.size() == null ? 0 : part.size();
                Integer noted = checksums.get(parts.size() + 1);
                String crc = part.checksumCRC32() == null && noted != null
                        ? StoreRequests.base64(noted)
                        : part.checksumCRC32();
                // A store that wants the checksums in the end, and does not list them, cannot use a part without.
                boolean usable = crc != null || checksums.isEmpty();
                if (!usable
                        || !Integer.valueOf(parts.size() + 1).equals(part.partNumber())
                        || !sizes.canBeFollowed(parts.size() + 1, bytes)) {
                    return new StoredParts(parts, true, checked && response.checksumType() == ChecksumType.FULL_OBJECT);
                }
                checked &= crc != null;
                parts.add(stored(part, bytes, crc));
            }
            Integer next = response.nextPartNumberMarker();
            if (!Boolean.TRUE.equals(response.isTruncated())
                    || next == null
                    || Objects.equals(next, request.partNumberMarker())) {
                return new StoredParts(parts, false, checked && response.checksumType() == ChecksumType.FULL_OBJECT);
            }
            request = request.toBuilder().partNumberMarker(next).build();
        }
    }

    private static StoredPart stored(Part part, long bytes, @Nullable String crc) {
        return new StoredPart(
                CompletedPart.builder()
                        .partNumber(part.partNumber())
                        .eTag(part.eTag())
                        .checksumCRC32(crc)
                        .build(),
                bytes,
                crc(crc));
    }

    private static int crc(@Nullable String base64) {
        return base64 == null
                ? 0
                : ByteBuffer.wrap(Base64.getDecoder().decode(base64)).getInt();
    }

    /** The bytes of all parts. */
    long bytes() {
        return parts.stream().mapToLong(StoredPart::bytes).sum();
    }

    /**
     * The bytes to go on behind when it is not known how many the client had sent: all parts may be all of the file, and a
     * client that finds all of it would believe that it is stored.
     */
    long bytesSurelyNotAll() {
        return hasOthers || parts.isEmpty()
                ? bytes()
                : bytes() - parts.getLast().bytes();
    }

    /** The parts before an offset; null if none ends there. */
    @Nullable
    StoredParts before(long offset) {
        long end = 0;
        int count = 0;
        while (end < offset && count < parts.size()) {
            end += parts.get(count).bytes();
            count++;
        }
        return end == offset
                ? new StoredParts(parts.subList(0, count), hasOthers || count < parts.size(), wholeObjectChecksum)
                : null;
    }
}
