package dev.slipway.core.s3.memory;

import dev.slipway.core.s3.ByteRange;
import dev.slipway.core.s3.ObjectChecksums;
import dev.slipway.core.s3.ObjectDescription;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * One version of an object.
 *
 * @param pieces its bytes, which never change
 */
record StoredObject(
        List<byte[]> pieces,
        long size,
        String etag,
        Instant lastModified,
        ObjectDescription description,
        ObjectChecksums checksums) {
    StoredObject {
        pieces = List.copyOf(pieces);
    }

    static StoredObject of(
            List<byte[]> pieces,
            String etag,
            Instant lastModified,
            ObjectDescription description,
            ObjectChecksums checksums) {
        long size = pieces.stream().mapToLong(piece -> piece.length).sum();
        return new StoredObject(pieces, size, etag, lastModified, description, checksums);
    }

    /** The same bytes with another time and description. */
    StoredObject copied(Instant time, ObjectDescription other) {
        return new StoredObject(pieces, size, etag, time, other, checksums);
    }

    /** Views of a range, or of as much of it as the object has. */
    List<ByteBuffer> slices(ByteRange range) {
        List<ByteBuffer> slices = new ArrayList<>();
        long skip = range.offset();
        long left = range.length();
        for (byte[] piece : pieces) {
            if (skip >= piece.length) {
                skip -= piece.length;
            } else if (left > 0) {
                int count = (int) Math.min(left, piece.length - skip);
                slices.add(ByteBuffer.wrap(piece, (int) skip, count).slice().asReadOnlyBuffer());
                left -= count;
                skip = 0;
            }
        }
        return slices;
    }

    /** The bytes of a range. */
    byte[] bytes(ByteRange range) {
        List<ByteBuffer> slices = slices(range);
        ByteBuffer all = ByteBuffer.allocate(
                slices.stream().mapToInt(ByteBuffer::remaining).sum());
        slices.forEach(all::put);
        return all.array();
    }
}
