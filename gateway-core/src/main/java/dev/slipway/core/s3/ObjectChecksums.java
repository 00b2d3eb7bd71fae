package dev.slipway.core.s3;

import java.nio.ByteBuffer;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The checksums that a store keeps of an object, in Base64 as S3's headers have them; null for those that it does not keep.
 *
 * @param type what they are of
 */
public record ObjectChecksums(
        Type type,
        @Nullable String crc32,
        @Nullable String sha1,
        @Nullable String sha256) {
    /** What checksums are of. */
    public enum Type {
        /** The bytes of the whole object. */
        FULL_OBJECT,
        /** The checksums of its parts. */
        COMPOSITE,
        /** The store does not say. */
        UNKNOWN
    }

    /** None were asked for, or the store keeps none. */
    public static final ObjectChecksums NONE = new ObjectChecksums(Type.UNKNOWN, null, null, null);

    /** A CRC-32 as S3's headers have it: the four bytes, the highest first, in Base64. */
    public static String base64(int crc32) {
        return Base64.getEncoder()
                .encodeToString(ByteBuffer.allocate(Integer.BYTES).putInt(crc32).array());
    }

    /** The opposite of {@link #base64}. */
    public static int crc32(String base64) {
        return ByteBuffer.wrap(Base64.getDecoder().decode(base64)).getInt();
    }
}
