package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;
import org.jspecify.annotations.Nullable;

/**
 * Asks to make a part of bytes of an object.
 *
 * @param from the object
 * @param ifMatch the entity tag that it must have; null for any
 * @param range which of its bytes
 * @param to the key of the upload
 * @param partNumber 1 to 10,000
 */
public record UploadPartCopyRequest(
        ObjectKey from, @Nullable String ifMatch, ByteRange range, ObjectKey to, String uploadId, int partNumber) {}
