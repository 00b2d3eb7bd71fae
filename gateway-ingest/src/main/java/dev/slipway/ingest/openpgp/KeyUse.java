package dev.slipway.ingest.openpgp;

/**
 * What a step of a rule needs a key for.
 *
 * @param setting the setting that names the key, such as {@code signers[0]}
 * @param key the name of the key
 */
public record KeyUse(String setting, String key, Purpose purpose) {
    /** What keys can do. Each needs another part of the key. */
    public enum Purpose {
        /** Encrypt for the owner of the key; a public key is enough. */
        ENCRYPT,
        /** Decrypt; a secret key, which may have expired. */
        DECRYPT,
        /** Sign; a secret key. */
        SIGN,
        /** Verify signatures of the owner; a public key is enough. */
        VERIFY
    }
}
