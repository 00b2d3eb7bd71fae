package dev.slipway.core.account;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A token of the HTTP API, without its secret.
 *
 * @param name letters, digits, {@code .}, {@code -} and {@code _}, at most 64
 * @param role what it may do
 * @param created in whole seconds
 * @param expires the expiry date, from which it is refused; null for never
 * @param lastUsed to the minute; null if never
 * @param owner the administrator who added it over SSH or HTTP, with whose rights it ends; null if it was added on the
 *     gateway's own machine
 */
public record ApiToken(
        String name,
        Role role,
        Instant created,
        @Nullable Instant expires,
        @Nullable Instant lastUsed,
        @Nullable TokenOwner owner) {
    /** The prefix of all secrets, so that scanners for leaked secrets recognise them. */
    public static final String PREFIX = "slipway_";

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int RANDOM_BYTES = 32;

    /** Creates a secret that cannot be guessed. */
    public static String newSecret() {
        byte[] bytes = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(bytes);
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** The stored hash of a secret. Secrets have 256 random bits, so that one round of a hash suffices. */
    public static String hash(String secret) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    /** Whether it has not expired. */
    public boolean isInForce(Instant now) {
        return expires == null || now.isBefore(expires);
    }
}
