package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request to complete a multipart upload.
 *
 * @param parts in the order of their numbers; each but the last has at least 5 MiB
 * @param condition a condition on the key
 * @param crc32 the CRC-32 of all bytes, in Base64, for the store to verify; null to send none
 */
public record CompleteMultipartUploadRequest(
        ObjectKey key,
        String uploadId,
        List<UploadedPart> parts,
        Precondition condition,
        @Nullable String crc32) {
    public CompleteMultipartUploadRequest {
        parts = List.copyOf(parts);
    }
}
