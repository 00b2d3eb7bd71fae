package dev.slipway.core.vfs;

import dev.slipway.core.store.ObjectInfo;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Versions of objects in 64 bits each, as the journal of renames keeps them. Two versions of one key have the same
 * fingerprint by chance once in 2<sup>64</sup>.
 */
final class Fingerprints {
    private Fingerprints() {}

    /** Whether an object is a directory's marker. */
    static boolean isMarker(ObjectInfo object) {
        return object.size() == 0 && object.key().key().endsWith("/");
    }

    /** A version as a listing shows it, with its time: somebody who writes the same bytes again has written. */
    static long source(ObjectInfo version) {
        return of(version, version.version());
    }

    /** A copy: the time that the store has answered with need not be the one that it lists. */
    static long target(ObjectInfo version) {
        return of(version, version.etag().isEmpty() ? version.version() : version.etag());
    }

    /**
     * One marker is like another: writing it gives no version that could be compared, and s3proxy names another one in every
     * answer.
     */
    private static long of(ObjectInfo object, String version) {
        String text = object.key() + "\n" + object.size() + "\n" + (isMarker(object) ? "" : version);
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            return ByteBuffer.wrap(sha256.digest(text.getBytes(StandardCharsets.UTF_8)))
                    .getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
