package dev.slipway.transfer.push;

/** Encrypts what may not lie in a database as it is. */
public interface Secrets {
    /**
     * Encrypts a text.
     *
     * @param context has to be the same when it is decrypted
     */
    String encrypt(String text, String context);

    /**
     * Decrypts a text.
     *
     * @throws IllegalStateException it was encrypted with another key or in another context; the message says so
     */
    String decrypt(String encrypted, String context);
}
