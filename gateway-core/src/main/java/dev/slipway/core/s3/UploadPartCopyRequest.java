package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;
import org.jspecify.annotations.Nullable;

/**
 * A request to copy bytes of an object to a part.
 *
 * @param from the source object
 * @param ifMatch the ETag that it must have; null for any
 * @param range the bytes to copy
 * @param to the key of the upload
 * @param partNumber 1 to 10,000
 */
public record UploadPartCopyRequest(
        ObjectKey from, @Nullable String ifMatch, ByteRange range, ObjectKey to, String uploadId, int partNumber) {}
