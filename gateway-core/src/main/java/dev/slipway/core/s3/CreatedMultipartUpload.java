package dev.slipway.core.s3;

/**
 * A multipart upload that the store has begun.
 *
 * @param uploadId the store's name for it
 * @param wholeObjectChecksum whether the store will verify and keep a CRC-32 of the whole object
 * @param possiblyMade how many uploads the store may have begun: more than one where a request was repeated after an answer
 *     was lost, whose upload nobody knows the name of
 */
public record CreatedMultipartUpload(String uploadId, boolean wholeObjectChecksum, int possiblyMade) {}
