package dev.slipway.core.store.upload;

import dev.slipway.core.s3.UploadedPart;

/**
 * A part that the store has.
 *
 * @param part how the store identifies it
 * @param bytes its size
 * @param crc its CRC-32; 0 if not known
 */
record StoredPart(UploadedPart part, long bytes, int crc) {}
