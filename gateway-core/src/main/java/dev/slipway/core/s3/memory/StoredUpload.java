package dev.slipway.core.s3.memory;

import dev.slipway.core.s3.CompleteMultipartUploadRequest;
import dev.slipway.core.s3.CreateMultipartUploadRequest.PartChecksums;
import dev.slipway.core.s3.MultipartEtag;
import dev.slipway.core.s3.ObjectChecksums;
import dev.slipway.core.s3.ObjectDescription;
import dev.slipway.core.s3.S3Exception;
import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.store.Crc32;
import dev.slipway.core.store.ObjectKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A multipart upload in progress. Guarded by its store. */
final class StoredUpload {
    private static final int BAD_REQUEST = 400;

    final ObjectKey key;
    final String id;
    final Instant initiated;
    final ObjectDescription description;
    final PartChecksums checksums;
    final TreeMap<Integer, Part> parts = new TreeMap<>();

    /** A part. */
    static final class Part {
        final byte[] bytes;
        final String etag;
        final int crc;

        /** @param crc its CRC-32 */
        Part(byte[] bytes, String etag, int crc) {
            this.bytes = bytes;
            this.etag = etag;
            this.crc = crc;
        }
    }

    StoredUpload(ObjectKey key, String id, Instant initiated, ObjectDescription description, PartChecksums checksums) {
        this.key = key;
        this.id = id;
        this.initiated = initiated;
        this.description = description;
        this.checksums = checksums;
    }

    /** A part as the store describes it: with its checksum, if the upload has checksums. */
    UploadedPart describe(int number, Part part) {
        return new UploadedPart(
                number, part.etag, checksums == PartChecksums.NONE ? null : ObjectChecksums.base64(part.crc));
    }

    /** Returns the object that the upload becomes. */
    StoredObject complete(CompleteMultipartUploadRequest request, Instant now, long leastPart) {
        if (request.parts().isEmpty()) {
            throw S3Exception.answer(BAD_REQUEST, "MalformedXML", "no parts are named");
        }
        List<byte[]> pieces = new ArrayList<>();
        int crc = 0;
        int before = 0;
        for (UploadedPart named : request.parts()) {
            if (named.partNumber() <= before) {
                throw S3Exception.answer(BAD_REQUEST, "InvalidPartOrder", "the parts are not in order");
            }
            before = named.partNumber();
            Part part = parts.get(named.partNumber());
            if (part == null || !part.etag.equals(named.etag()) || isOther(named.crc32(), part)) {
                throw S3Exception.answer(BAD_REQUEST, "InvalidPart", "part " + named.partNumber());
            }
            if (part.bytes.length < leastPart
                    && before != request.parts().getLast().partNumber()) {
                throw S3Exception.answer(BAD_REQUEST, "EntityTooSmall", "part " + named.partNumber());
            }
            pieces.add(part.bytes);
            crc = Crc32.combine(crc, part.crc, part.bytes.length);
        }
        if (request.crc32() != null && !request.crc32().equals(ObjectChecksums.base64(crc))) {
            throw S3Exception.answer(BAD_REQUEST, "BadDigest", "the CRC-32 of the object does not match");
        }
        String etag = MultipartEtag.of(request.parts()).orElseThrow();
        return StoredObject.of(pieces, etag, now, description, checksums(crc));
    }

    private boolean isOther(@Nullable String crc32, Part part) {
        return crc32 != null && !crc32.equals(ObjectChecksums.base64(part.crc));
    }

    private ObjectChecksums checksums(int whole) {
        return switch (checksums) {
            case NONE -> ObjectChecksums.NONE;
            // The value of a composite checksum is not needed by anybody.
            case CRC32 -> new ObjectChecksums(ObjectChecksums.Type.COMPOSITE, null, null, null);
            case CRC32_OF_WHOLE_OBJECT ->
                new ObjectChecksums(ObjectChecksums.Type.FULL_OBJECT, ObjectChecksums.base64(whole), null, null);
        };
    }
}
