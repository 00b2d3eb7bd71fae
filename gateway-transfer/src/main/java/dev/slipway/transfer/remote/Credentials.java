package dev.slipway.transfer.remote;

import org.jspecify.annotations.Nullable;

/** A gateway's credentials for a remote. {@code toString} shows no secret. */
public sealed interface Credentials {
    /** A password, also asked for by keyboard-interactive. */
    record Password(String password) implements Credentials {
        @Override
        public String toString() {
            return "password";
        }
    }

    /**
     * A private key.
     *
     * @param key in OpenSSH's or PEM form
     * @param passphrase null if the key is not encrypted
     */
    record PrivateKey(String key, @Nullable String passphrase) implements Credentials {
        @Override
        public String toString() {
            return "key";
        }
    }

    /** The keys of the agent at {@code SSH_AUTH_SOCK}. */
    record Agent() implements Credentials {}
}
