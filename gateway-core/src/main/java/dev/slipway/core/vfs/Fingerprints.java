package dev.slipway.core.vfs;

import dev.slipway.core.store.ObjectInfo;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Hashes object versions to 64 bits for the rename journal. Two versions of one key have the same fingerprint with a
 * probability of 2<sup>-64</sup>.
 */
final class Fingerprints {
    private Fingerprints() {}

    /** Whether an object is a directory's marker. */
    static boolean isMarker(ObjectInfo object) {
        return object.size() == 0 && object.key().key().endsWith("/");
    }

    /** Whether two objects have the same bytes, as far as the store says. */
    static boolean hasSameEtag(ObjectInfo one, ObjectInfo other) {
        return one.size() == other.size() && !one.etag().isEmpty() && one.etag().equals(other.etag());
    }

    /** The fingerprint of a source, including its time: rewriting the same bytes counts as a change. */
    static long source(ObjectInfo version) {
        return of(version, version.version());
    }

    /**
     * The fingerprint of a copy, without its time: the store's answer to the copy may give another time than its
     * listings.
     */
    static long target(ObjectInfo version) {
        return of(version, version.etag().isEmpty() ? version.version() : version.etag());
    }

    /**
     * All markers are equal: writing one returns no version to compare with, and s3proxy returns another version in
     * every answer.
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
