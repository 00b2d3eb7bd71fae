package dev.slipway.core.store.upload;

/**
 * A multipart upload that the store knows.
 *
 * @param uploadId the store's name for it
 * @param journalId its row in the journal
 * @param wholeObjectChecksum whether the store verifies a CRC-32 of the whole object
 * @param copies whether parts of it may be copies, so that none of them has a checksum that the store keeps
 */
public record CreatedUpload(String uploadId, String journalId, boolean wholeObjectChecksum, boolean copies) {}
