package dev.slipway.transfer.outcome;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secret that signs a webhook's messages with HMAC-SHA256, according to the Standard Webhooks specification. {@code
 * toString} does not show it.
 */
public final class WebhookSecret {
    private static final String PREFIX = "whsec_";
    private static final int SHORTEST = 24;
    private static final int LONGEST = 64;
    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec key;

    private WebhookSecret(SecretKeySpec key) {
        this.key = key;
    }

    /**
     * Parses a secret.
     *
     * @param text {@code whsec_} and 24 to 64 bytes in Base64
     * @throws IllegalArgumentException if it is invalid; the message describes the format, and does not contain the
     *     text
     */
    public static WebhookSecret parse(String text) {
        if (text.startsWith(PREFIX)) {
            try {
                byte[] key = Base64.getDecoder().decode(text.substring(PREFIX.length()));
                if (key.length >= SHORTEST && key.length <= LONGEST) {
                    return new WebhookSecret(new SecretKeySpec(key, ALGORITHM));
                }
            } catch (IllegalArgumentException e) {
                // Its message may have a part of the secret.
            }
        }
        throw new IllegalArgumentException(
                "whsec_ and 24 to 64 bytes in Base64, as in" + " \"whsec_$(openssl rand -base64 32)\"");
    }

    /**
     * The header {@code webhook-signature}.
     *
     * @param timestamp seconds since 1970
     */
    String sign(String id, long timestamp, String body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            byte[] digest = mac.doFinal((id + "." + timestamp + "." + body).getBytes(StandardCharsets.UTF_8));
            return "v1," + Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new AssertionError("every Java has HMAC-SHA256", e);
        }
    }

    @Override
    public String toString() {
        return "***";
    }
}
