package dev.slipway.transfer.remote;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts secrets that are kept in the state database, with AES-256-GCM (<a
 * href="https://csrc.nist.gov/pubs/sp/800/38/d/final">NIST SP 800-38D</a>). The ciphertext names its key, so that a
 * wrong key can be told from damage. Safe for use by several threads.
 */
public final class SecretBox {
    /** The length of a key in bytes. */
    public static final int KEY_LENGTH = 32;

    private static final String VERSION = "1";
    private static final int NONCE_LENGTH = 12;
    private static final int TAG_BITS = 128;
    private static final int ID_LENGTH = 4;

    private final SecureRandom random = new SecureRandom();
    private final byte[] key;
    private final byte[] digestKey;
    private final String id;

    /** @param key {@value #KEY_LENGTH} random bytes; is copied */
    public SecretBox(byte[] key) {
        if (key.length != KEY_LENGTH) {
            throw new IllegalArgumentException("a key has " + KEY_LENGTH + " bytes, and this one has " + key.length);
        }
        // One for each purpose, so that what is known of one use says nothing of the other.
        this.key = mac(key, "slipway secrets");
        this.digestKey = mac(key, "slipway digests");
        this.id = HexFormat.of().formatHex(Arrays.copyOf(mac(key, "slipway key id"), ID_LENGTH));
    }

    /** The id of the key, which reveals nothing about the key. */
    public String keyId() {
        return id;
    }

    /**
     * Encrypts a secret.
     *
     * @param context what it belongs to, such as {@code remote vault}: it can only be decrypted for that
     * @return text of ASCII letters, digits and {@code . - _}
     */
    public String seal(String context, String secret) {
        byte[] nonce = new byte[NONCE_LENGTH];
        random.nextBytes(nonce);
        byte[] sealed;
        try {
            sealed = cipher(Cipher.ENCRYPT_MODE, nonce, context).doFinal(secret.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-256-GCM is missing", e);
        }
        Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
        return String.join(".", VERSION, id, encoder.encodeToString(nonce), encoder.encodeToString(sealed));
    }

    /**
     * Decrypts a secret.
     *
     * @throws SecretKeyException it was encrypted with another key, for something else, or is damaged
     */
    public String open(String context, String sealed) {
        String[] parts = sealed.split("\\.", -1);
        if (parts.length != 4 || !parts[0].equals(VERSION)) {
            throw new SecretKeyException(
                    "the secrets of " + context + " have a format that this version does not know");
        }
        if (!parts[1].equals(id)) {
            throw new SecretKeyException("the secrets of " + context + " were encrypted with the key " + parts[1]
                    + ", and this gateway has the key " + id
                    + ": configure that key (transfer.secretKeyFile, SLIPWAY_SECRET_KEY), or enter the secrets again");
        }
        try {
            Base64.Decoder decoder = Base64.getUrlDecoder();
            byte[] opened = cipher(Cipher.DECRYPT_MODE, decoder.decode(parts[2]), context)
                    .doFinal(decoder.decode(parts[3]));
            return new String(opened, StandardCharsets.UTF_8);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new SecretKeyException("the secrets of " + context + " are damaged or belong to something else", e);
        }
    }

    /** A digest of secret text that says nothing of it to those who do not have the key. */
    String digest(String text) {
        return HexFormat.of().formatHex(mac(digestKey, text));
    }

    private Cipher cipher(int mode, byte[] nonce, String context) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(context.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private static byte[] mac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HMAC-SHA-256 is missing", e);
        }
    }
}
