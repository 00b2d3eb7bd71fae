package dev.slipway.transfer.remote;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.common.digest.BuiltinDigests;

/**
 * The accepted host keys of a remote.
 *
 * @param keys its keys
 * @param fingerprints those of its keys that are known by their fingerprint only
 * @param authorities the CAs of its host certificates
 */
record HostKeys(List<PublicKey> keys, Set<String> fingerprints, List<PublicKey> authorities) {
    private static final String AUTHORITY = "@cert-authority ";
    private static final String FINGERPRINT = "SHA256:";
    private static final int FINGERPRINT_LENGTH = FINGERPRINT.length() + 43;

    private static final String NO_KEY = "a public key as in known_hosts (ssh-ed25519 AAAA…), a fingerprint (SHA256:…),"
            + " or @cert-authority and a public key";

    private static final List<String> ED25519 = List.of("ssh-ed25519");
    private static final List<String> ECDSA =
            List.of("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521");
    private static final List<String> RSA = List.of("rsa-sha2-512", "rsa-sha2-256");

    private static final String RSA_WITH_SHA1 = "ssh-rsa";

    /** The signatures of each kind of key: with one of these a server shows its key of that kind, if it has one. */
    static final List<List<String>> KINDS = List.of(ED25519, ECDSA, RSA);

    private static final List<String> CERTIFICATES = List.of(
            "ssh-ed25519-cert-v01@openssh.com",
            "ecdsa-sha2-nistp256-cert-v01@openssh.com",
            "ecdsa-sha2-nistp384-cert-v01@openssh.com",
            "ecdsa-sha2-nistp521-cert-v01@openssh.com",
            "rsa-sha2-512-cert-v01@openssh.com",
            "rsa-sha2-256-cert-v01@openssh.com");

    /** @throws IllegalArgumentException an entry is invalid; the message says what is expected */
    static HostKeys parse(List<String> entries) {
        List<PublicKey> keys = new ArrayList<>();
        Set<String> fingerprints = new LinkedHashSet<>();
        List<PublicKey> authorities = new ArrayList<>();
        for (String entry : entries) {
            String stripped = entry.strip();
            if (stripped.startsWith(AUTHORITY)) {
                authorities.add(parseKey(stripped.substring(AUTHORITY.length()).strip()));
            } else if (stripped.startsWith(FINGERPRINT)) {
                // Some tools print the padding of Base64, OpenSSH's do not.
                String fingerprint = stripped.replaceAll("=+$", "");
                if (fingerprint.length() != FINGERPRINT_LENGTH) {
                    throw new IllegalArgumentException("a fingerprint: SHA256: and 43 characters");
                }
                fingerprints.add(fingerprint);
            } else {
                keys.add(parseKey(stripped));
            }
        }
        return new HostKeys(List.copyOf(keys), Set.copyOf(fingerprints), List.copyOf(authorities));
    }

    private static PublicKey parseKey(String text) {
        try {
            PublicKey key = PublicKeyEntry.parsePublicKeyEntry(text)
                    .resolvePublicKey(null, Map.of(), PublicKeyEntryResolver.FAILING);
            if (key != null) {
                return key;
            }
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw new IllegalArgumentException(NO_KEY, e);
        }
        throw new IllegalArgumentException(NO_KEY);
    }

    boolean isEmpty() {
        return keys.isEmpty() && fingerprints.isEmpty() && authorities.isEmpty();
    }

    /** The same, and for servers that are too old for anything else RSA with SHA-1. */
    static List<String> withLegacy(List<String> proposal) {
        if (!proposal.containsAll(RSA)) {
            return proposal;
        }
        List<String> with = new ArrayList<>(proposal);
        with.add(RSA_WITH_SHA1);
        return List.copyOf(with);
    }

    /**
     * The offers for consecutive connections, until the server presents an accepted key: it presents only one key per
     * connection.
     */
    List<List<String>> proposals() {
        List<List<String>> proposals = new ArrayList<>();
        if (!authorities.isEmpty()) {
            proposals.add(CERTIFICATES);
        }
        List<String> known = keys.stream()
                .map(HostKeys::signatures)
                .flatMap(List::stream)
                .distinct()
                .toList();
        if (!known.isEmpty()) {
            proposals.add(known);
        }
        if (!fingerprints.isEmpty()) {
            KINDS.stream().filter(kind -> !known.containsAll(kind)).forEach(proposals::add);
        }
        return proposals;
    }

    private static List<String> signatures(PublicKey key) {
        String type = KeyUtils.getKeyType(key);
        return type.equals("ssh-rsa") ? RSA : List.of(type);
    }

    /**
     * Whether this is one of the keys, or a certificate signed by one of the CAs. The library has verified the rest of
     * it.
     */
    boolean trusts(PublicKey shown) {
        if (shown instanceof OpenSshCertificate certificate) {
            return authorities.stream()
                    .anyMatch(authority -> KeyUtils.compareKeys(authority, certificate.getCaPubKey()));
        }
        return fingerprints.contains(fingerprint(shown))
                || keys.stream().anyMatch(known -> KeyUtils.compareKeys(known, shown));
    }

    /** As {@code ssh-keygen -l} prints it: {@code SHA256:…}. */
    static String fingerprint(PublicKey key) {
        return KeyUtils.getFingerPrint(BuiltinDigests.sha256, key);
    }

    /** A key for people: its type and fingerprint. */
    static String describe(PublicKey key) {
        String type = KeyUtils.getKeyType(key);
        String kind =
                type.startsWith("ecdsa") ? "ECDSA" : type.replace("ssh-", "").toUpperCase(Locale.ROOT);
        return kind + " " + fingerprint(key);
    }
}
