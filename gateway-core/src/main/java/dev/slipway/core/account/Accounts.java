package dev.slipway.core.account;

import java.net.InetAddress;
import java.security.PublicKey;
import java.util.Collection;
import java.util.Optional;

/** Decides who is logged in. Safe for use by several threads. */
public interface Accounts {
    /**
     * Checks a password. Blocks for as long as the hash takes, and longer while many logins are under way; takes as long
     * for a name that does not exist.
     *
     * @param password stays the caller's, who clears it
     */
    Optional<Login> authenticate(String name, char[] password, InetAddress client);

    /** Checks whether a public key belongs to the account. The caller has verified, or will verify, the signature. */
    Optional<Login> authenticate(String name, PublicKey key, InetAddress client);

    /**
     * Checks whether a certificate is for the account. The caller has verified all else about it, or will.
     *
     * @param principals for whom the certificate is, as its authority says; nobody if empty, for one that is not good
     */
    default Optional<Login> authenticate(String name, Collection<String> principals, InetAddress client) {
        return Optional.empty();
    }
}
