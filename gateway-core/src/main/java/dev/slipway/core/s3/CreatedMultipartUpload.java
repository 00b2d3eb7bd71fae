package dev.slipway.core.s3;

/**
 * A multipart upload that the store has created.
 *
 * @param uploadId the store's upload id
 * @param wholeObjectChecksum whether the store will verify and keep a CRC-32 of the whole object
 * @param possiblyMade how many uploads the store may have created: more than one if the request was repeated after a
 *     lost answer; the ids of the others are unknown
 */
public record CreatedMultipartUpload(String uploadId, boolean wholeObjectChecksum, int possiblyMade) {}
