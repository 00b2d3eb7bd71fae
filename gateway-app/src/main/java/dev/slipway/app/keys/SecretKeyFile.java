package dev.slipway.app.keys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;

/** The file with the key that encrypts secrets in the state database: 32 bytes in Base64. */
public final class SecretKeyFile {
    private static final int LENGTH = 32;
    private static final String EXPECTED = "must be 32 bytes in Base64, as printed by openssl rand -base64 32";

    private SecretKeyFile() {}

    /**
     * Reads a key from text.
     *
     * @throws IllegalArgumentException it is not a key; the message begins with {@code must be}
     */
    public static byte[] parse(String text) {
        byte[] key;
        try {
            key = Base64.getDecoder().decode(text.strip());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(EXPECTED, e);
        }
        if (key.length != LENGTH) {
            throw new IllegalArgumentException(EXPECTED);
        }
        return key;
    }

    /**
     * Reads a key from its file.
     *
     * @throws KeyFileException it is missing, cannot be read, or is invalid
     */
    public static byte[] read(Path file) throws KeyFileException {
        try {
            return parse(PrivateFiles.readText(file));
        } catch (IllegalArgumentException e) {
            throw new KeyFileException(file, String.valueOf(e.getMessage()), e);
        }
    }

    /** As {@link #read}, but creates a new key if there is no file; only its owner may read it. */
    public static byte[] readOrCreate(Path file) throws IOException {
        if (Files.notExists(file)) {
            byte[] key = new byte[LENGTH];
            new SecureRandom().nextBytes(key);
            PrivateFiles.writeSecret(file, Base64.getEncoder().encodeToString(key) + "\n");
        }
        return read(file);
    }
}
