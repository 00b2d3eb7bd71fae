package dev.slipway.core.account;

import java.net.InetAddress;
import java.security.PublicKey;
import java.util.Collection;
import java.util.Optional;

/** Authenticates clients. Thread-safe. */
public interface Accounts {
    /**
     * Checks a password. Blocks for the time of a hash, and longer while many logins are in progress; takes as long for
     * a name that does not exist.
     *
     * @param password remains the caller's, who clears it
     */
    Optional<Login> authenticate(String name, char[] password, InetAddress client);

    /** Checks whether a public key belongs to the account. The caller verifies the signature, before or after this. */
    Optional<Login> authenticate(String name, PublicKey key, InetAddress client);

    /**
     * Checks whether a certificate is for the account. The caller verifies everything else about it, before or after
     * this.
     *
     * @param principals the principals of the certificate; empty for an invalid certificate, which nobody may use
     */
    default Optional<Login> authenticate(String name, Collection<String> principals, InetAddress client) {
        return Optional.empty();
    }
}
