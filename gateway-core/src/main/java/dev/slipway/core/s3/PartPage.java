package dev.slipway.core.s3;

import java.util.List;

/**
 * A page of the parts of a multipart upload, in the order of their numbers.
 *
 * @param wholeObjectChecksum whether the store will verify and keep a CRC-32 of the whole object
 * @param next the part number after which the next page begins; 0 if this is the last one
 */
public record PartPage(List<Entry> parts, boolean wholeObjectChecksum, int next) {
    /**
     * One part.
     *
     * @param size bytes
     */
    public record Entry(UploadedPart part, long size) {}

    public PartPage {
        parts = List.copyOf(parts);
    }
}
