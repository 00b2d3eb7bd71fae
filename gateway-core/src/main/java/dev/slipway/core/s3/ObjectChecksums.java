package dev.slipway.core.s3;

import java.nio.ByteBuffer;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The checksums of an object that a store has, in Base64 as in S3's headers; null for those that it does not have.
 *
 * @param type what they cover
 */
public record ObjectChecksums(
        Type type,
        @Nullable String crc32,
        @Nullable String sha1,
        @Nullable String sha256) {
    /** What checksums cover. */
    public enum Type {
        /** The bytes of the whole object. */
        FULL_OBJECT,
        /** The checksums of its parts. */
        COMPOSITE,
        /** The store does not say. */
        UNKNOWN
    }

    /** None were requested, or the store has none. */
    public static final ObjectChecksums NONE = new ObjectChecksums(Type.UNKNOWN, null, null, null);

    /** A CRC-32 as in S3's headers: four bytes, most significant first, in Base64. */
    public static String base64(int crc32) {
        return Base64.getEncoder()
                .encodeToString(ByteBuffer.allocate(Integer.BYTES).putInt(crc32).array());
    }

    /** The inverse of {@link #base64}. */
    public static int crc32(String base64) {
        return ByteBuffer.wrap(Base64.getDecoder().decode(base64)).getInt();
    }
}
