package dev.slipway.core.store.s3;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * A key that encrypts objects and that the store does not keep (<a
 * href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html">S3, SSE-C</a>).
 * {@code toString} does not show the key.
 */
public final class CustomerKey {
    /** The key length of AES-256. */
    private static final int BYTES = 32;

    private final String base64;
    private final String md5;

    private CustomerKey(byte[] key) {
        base64 = Base64.getEncoder().encodeToString(key);
        try {
            md5 = Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("MD5").digest(key));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has MD5", e);
        }
    }

    /**
     * Parses a key.
     *
     * @param base64 32 bytes in Base64, such as {@code openssl rand -base64 32} prints; surrounding white space is
     *     ignored
     * @throws IllegalArgumentException if it is not such a key; the message does not contain the text
     */
    public static CustomerKey parse(String base64) {
        byte[] key;
        try {
            key = Base64.getDecoder().decode(base64.strip());
        } catch (IllegalArgumentException _) {
            // Without the cause, whose message would show some of the key.
            key = new byte[0];
        }
        if (key.length != BYTES) {
            throw new IllegalArgumentException("a key of 32 bytes in Base64, as printed by openssl rand -base64 32");
        }
        return new CustomerKey(key);
    }

    /** The key, in Base64. */
    String base64() {
        return base64;
    }

    /** The MD5 of the key, in Base64: S3 uses it to verify that the key arrived intact. */
    String md5() {
        return md5;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CustomerKey key && base64.equals(key.base64);
    }

    @Override
    public int hashCode() {
        return base64.hashCode();
    }

    @Override
    public String toString() {
        return "***";
    }
}
