package dev.slipway.core.store.upload;

import dev.slipway.core.s3.ListPartsRequest;
import dev.slipway.core.s3.ObjectChecksums;
import dev.slipway.core.s3.PartPage;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.requests.StoreFailures;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The parts that the store has of a multipart upload, from the first one on, up to the first gap or the first part that
 * others cannot follow: a part below S3's minimum size can only be the last one.
 *
 * @param parts in order
 * @param hasOthers whether the store has more parts, after a gap or too small ones
 * @param wholeObjectChecksum whether the store verifies a CRC-32 of the whole object, and those of all parts are known
 */
record StoredParts(List<StoredPart> parts, boolean hasOthers, boolean wholeObjectChecksum) {
    private static final int PAGE = 1000;

    public StoredParts {
        parts = List.copyOf(parts);
    }

    /** Asks the store; see {@link #of(S3Operations, ObjectKey, String, PartSizes, Map, int)}. */
    public static StoredParts of(
            S3Operations client, ObjectKey key, String uploadId, PartSizes sizes, Map<Integer, Integer> checksums)
            throws StoreException {
        return of(client, key, uploadId, sizes, checksums, PAGE);
    }

    /**
     * Asks the store. Blocks.
     *
     * @param checksums the CRC-32 of parts by part number, for stores that do not list them; empty if parts were sent
     *     without checksums
     * @param page how many parts the store lists at once, 1 to 1000
     * @throws StoreException {@link dev.slipway.core.Failure#NOT_FOUND} if the store does not know the upload
     */
    static StoredParts of(
            S3Operations client,
            ObjectKey key,
            String uploadId,
            PartSizes sizes,
            Map<Integer, Integer> checksums,
            int page)
            throws StoreException {
        List<StoredPart> parts = new ArrayList<>();
        boolean checked = true;
        int after = 0;
        while (true) {
            PartPage answer = StoreFailures.await(
                    client.listParts(new ListPartsRequest(key, uploadId, after, page)), "LIST parts of " + key);
            for (PartPage.Entry entry : answer.parts()) {
                UploadedPart part = entry.part();
                Integer noted = checksums.get(parts.size() + 1);
                String crc = part.crc32() == null && noted != null ? ObjectChecksums.base64(noted) : part.crc32();
                // If the store requires checksums at completion and does not list them, a part without one cannot be
                // used.
                boolean usable = crc != null || checksums.isEmpty();
                if (!usable
                        || parts.size() + 1 != part.partNumber()
                        || !sizes.canBeFollowed(parts.size() + 1, entry.size())) {
                    return new StoredParts(parts, true, checked && answer.wholeObjectChecksum());
                }
                checked &= crc != null;
                parts.add(new StoredPart(
                        new UploadedPart(part.partNumber(), part.etag(), crc),
                        entry.size(),
                        crc == null ? 0 : ObjectChecksums.crc32(crc)));
            }
            if (answer.next() == 0) {
                return new StoredParts(parts, false, checked && answer.wholeObjectChecksum());
            }
            after = answer.next();
        }
    }

    /** The bytes of all parts. */
    public long bytes() {
        return parts.stream().mapToLong(StoredPart::bytes).sum();
    }

    /**
     * The restart offset if it is not known how many bytes the client had sent: all parts may be the complete file, and
     * a client that finds all of it would believe that it is stored.
     */
    public long bytesSurelyNotAll() {
        return hasOthers || parts.isEmpty()
                ? bytes()
                : bytes() - parts.getLast().bytes();
    }

    /** The parts before an offset; null if no part ends there. */
    public @Nullable StoredParts before(long offset) {
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
