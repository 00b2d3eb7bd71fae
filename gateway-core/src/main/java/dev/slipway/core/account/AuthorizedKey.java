package dev.slipway.core.account;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.util.Base64;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.util.OpenSSHPublicKeyUtil;
import org.bouncycastle.crypto.util.PublicKeyFactory;

/**
 * A public key with which an account may log in.
 *
 * @param type as SSH names it, such as {@code ssh-ed25519}
 * @param base64 the key in SSH's encoding (<a href="https://www.rfc-editor.org/rfc/rfc4253#section-6.6">RFC 4253
 *     section 6.6</a>), in Base64
 * @param comment may be empty; says whose key it is
 */
public record AuthorizedKey(String type, String base64, String comment) {
    /** Converts a Java key. */
    public static AuthorizedKey of(PublicKey key, String comment) {
        byte[] encoded = encode(key);
        // The encoding begins with the type, preceded by its length in four bytes.
        int length = encoded[3];
        String type = new String(encoded, 4, length, StandardCharsets.US_ASCII);
        return new AuthorizedKey(type, Base64.getEncoder().encodeToString(encoded), comment);
    }

    /**
     * Parses {@link #line()}.
     *
     * @throws IllegalArgumentException if it is not an SSH key
     */
    public static AuthorizedKey parse(String line, String comment) {
        String[] words = line.split(" ", -1);
        if (words.length != 2) {
            throw new IllegalArgumentException("an SSH key must have the form '<type> <base64>'");
        }
        byte[] encoded = Base64.getDecoder().decode(words[1]);
        if (encoded.length < 8) {
            throw new IllegalArgumentException("an SSH key is truncated");
        }
        return new AuthorizedKey(words[0], words[1], comment);
    }

    private static byte[] encode(PublicKey key) {
        try {
            AsymmetricKeyParameter parameters = PublicKeyFactory.createKey(key.getEncoded());
            return OpenSSHPublicKeyUtil.encodePublicKey(parameters);
        } catch (IOException e) {
            throw new IllegalArgumentException("not an SSH key: " + key.getAlgorithm(), e);
        }
    }

    /** Whether this is the given key, whatever its comment. False for kinds of keys that SSH does not have. */
    boolean matches(PublicKey key) {
        try {
            return MessageDigest.isEqual(Base64.getDecoder().decode(base64), encode(key));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Type and Base64, as in OpenSSH's {@code authorized_keys}, without the comment. */
    public String line() {
        return type + " " + base64;
    }

    /** As OpenSSH prints it: {@code SHA256:} and unpadded Base64. */
    public String fingerprint() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(Base64.getDecoder().decode(base64));
            return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
