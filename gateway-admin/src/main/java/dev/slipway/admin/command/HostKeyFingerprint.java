package dev.slipway.admin.command;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** The fingerprint of a host key, as {@code ssh-keygen -lf} prints it. */
public final class HostKeyFingerprint {
    private HostKeyFingerprint() {}

    /**
     * The fingerprint of a key.
     *
     * @param key type and Base64; anything else is its own fingerprint
     */
    public static String of(String key) {
        String[] words = key.split(" ", 3);
        if (words.length < 2) {
            return key;
        }
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(Base64.getDecoder().decode(words[1]));
            return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(digest);
        } catch (IllegalArgumentException e) {
            return key;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
