package dev.slipway.core.store.upload;

/**
 * A multipart upload that the store has created.
 *
 * @param uploadId the store's upload id
 * @param journalId its row in the journal
 * @param wholeObjectChecksum whether the store verifies a CRC-32 of the whole object
 * @param copies whether parts may be copies, in which case the store keeps no checksum of any part
 */
public record CreatedUpload(String uploadId, String journalId, boolean wholeObjectChecksum, boolean copies) {}
