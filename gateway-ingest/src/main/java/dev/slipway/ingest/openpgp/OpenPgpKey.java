package dev.slipway.ingest.openpgp;

import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPKeyPair;
import org.bouncycastle.openpgp.api.OpenPGPCertificate;
import org.bouncycastle.openpgp.api.OpenPGPDefaultPolicy;
import org.bouncycastle.openpgp.api.OpenPGPKey;
import org.bouncycastle.openpgp.api.OpenPGPKeyReader;
import org.bouncycastle.openpgp.api.OpenPGPPolicy;
import org.bouncycastle.openpgp.api.bc.BcOpenPGPImplementation;
import org.jspecify.annotations.Nullable;

/**
 * A key that was read: a primary key with its subkeys, and their secret parts if it is our own. What it may be used for
 * follows from its own signatures, at the moment of the use. Immutable, and used by several threads.
 */
public final class OpenPgpKey {
    /** No MD5, SHA-1 or RIPEMD for signatures of files, and no short keys. */
    static final OpenPGPPolicy POLICY = new OpenPGPDefaultPolicy();

    private final String name;
    private final OpenPGPCertificate certificate;
    private final List<PGPKeyPair> secrets;

    private OpenPgpKey(String name, OpenPGPCertificate certificate, List<PGPKeyPair> secrets) {
        this.name = name;
        this.certificate = certificate;
        this.secrets = List.copyOf(secrets);
    }

    /**
     * Reads a key, and unlocks its secret parts. Takes about a second for a secret key with a passphrase.
     *
     * @param bytes armored or binary
     * @throws OpenPgpException it is no key, there are several, or the passphrase is wrong; the message continues the name
     *     of a setting
     */
    static OpenPgpKey read(String name, byte[] bytes, char @Nullable [] passphrase) throws IOException {
        List<OpenPGPCertificate> found;
        try {
            found = new OpenPGPKeyReader(new BcOpenPGPImplementation(), POLICY).parseKeysOrCertificates(bytes);
        } catch (IOException | RuntimeException e) {
            throw OpenPgpException.of("is no key of OpenPGP: " + e.getMessage(), e);
        }
        if (found.size() != 1) {
            throw new OpenPgpException(
                    found.isEmpty()
                            ? "is no key of OpenPGP"
                            : "has " + found.size() + " keys; each needs a file and a name of its own");
        }
        OpenPGPCertificate certificate = found.getFirst();
        List<PGPKeyPair> secrets = new ArrayList<>();
        if (certificate instanceof OpenPGPKey key) {
            for (OpenPGPKey.OpenPGPSecretKey secret : key.getSecretKeys().values()) {
                // GnuPG leaves out the secret part of a primary key that is kept elsewhere.
                if (!secret.getPGPSecretKey().isPrivateKeyEmpty()) {
                    secrets.add(unlock(secret, passphrase));
                }
            }
            if (secrets.isEmpty()) {
                throw new OpenPgpException("has no secret parts; they are on a card or in another file");
            }
        } else if (passphrase != null) {
            throw new OpenPgpException("is a public key, which has no passphrase");
        }
        return new OpenPgpKey(name, certificate, secrets);
    }

    private static PGPKeyPair unlock(OpenPGPKey.OpenPGPSecretKey secret, char @Nullable [] passphrase)
            throws IOException {
        if (secret.isLocked() && passphrase == null) {
            throw new OpenPgpException("is protected; it needs the setting passphrase");
        }
        try {
            OpenPGPKey.OpenPGPPrivateKey unlocked = secret.unlock(secret.isLocked() ? passphrase : null);
            if (unlocked != null) {
                return unlocked.getKeyPair();
            }
        } catch (PGPException | RuntimeException e) {
            // Why it failed says nothing more, and might quote the passphrase.
        }
        throw new OpenPgpException("cannot be unlocked: the passphrase is wrong");
    }

    /** The name that the configuration has for it. */
    public String name() {
        return name;
    }

    /** Whether it has secret parts. */
    public boolean isSecret() {
        return !secrets.isEmpty();
    }

    /**
     * Why it cannot be used for something; empty if it can. The text continues the name of a key.
     *
     * @param now when it is to be used
     */
    public Optional<String> problem(KeyUse.Purpose purpose, Instant now) {
        boolean needsSecret = purpose == KeyUse.Purpose.DECRYPT || purpose == KeyUse.Purpose.SIGN;
        if (needsSecret && secrets.isEmpty()) {
            return Optional.of("is a public key; a secret key is needed");
        }
        return switch (purpose) {
            case DECRYPT ->
                secrets.stream().anyMatch(pair -> pair.getPublicKey().isEncryptionKey())
                        ? Optional.empty()
                        : Optional.of("has no key that can decrypt");
            case ENCRYPT ->
                encryptionKey(now).isPresent()
                        ? Optional.empty()
                        : Optional.of(reason("has no key that can encrypt", now));
            case SIGN ->
                signingKey(now).isPresent() ? Optional.empty() : Optional.of(reason("has no key that can sign", now));
            case VERIFY ->
                certificate.getSigningKeys(Date.from(now)).isEmpty()
                        ? Optional.of(reason("has no key that can sign", now))
                        : Optional.empty();
        };
    }

    /** Whether the key has ended is more useful than what it cannot do because of that. */
    private String reason(String otherwise, Instant now) {
        for (OpenPGPCertificate.OpenPGPComponentKey key : certificate.getKeys()) {
            Optional<String> ended = ended(key, now);
            if (ended.isPresent()) {
                return ended.get();
            }
        }
        return otherwise;
    }

    /** Why a key, or a subkey, is no longer valid. */
    static Optional<String> ended(OpenPGPCertificate.OpenPGPComponentKey key, Instant now) {
        try {
            if (key.getRevocation(Date.from(now)) != null) {
                return Optional.of("was revoked");
            }
            Date end = key.getKeyExpirationDateAt(Date.from(now));
            if (end != null && !end.toInstant().isAfter(now)) {
                return Optional.of(
                        "expired on " + end.toInstant().atZone(ZoneOffset.UTC).toLocalDate());
            }
            return Optional.empty();
        } catch (RuntimeException e) {
            return Optional.of("has a signature of its own that cannot be read");
        }
    }

    /** The newest key for files to its owner. */
    Optional<OpenPGPCertificate.OpenPGPComponentKey> encryptionKey(Instant now) {
        return newest(certificate.getEncryptionKeys(Date.from(now)));
    }

    /** The newest key for signatures of files, of those whose secret part is there. */
    Optional<PGPKeyPair> signingKey(Instant now) {
        return newest(certificate.getSigningKeys(Date.from(now)).stream()
                        .filter(key -> secret(key.getPGPPublicKey().getKeyID()).isPresent())
                        .toList())
                .flatMap(key -> secret(key.getPGPPublicKey().getKeyID()));
    }

    private static Optional<OpenPGPCertificate.OpenPGPComponentKey> newest(
            List<OpenPGPCertificate.OpenPGPComponentKey> keys) {
        return keys.stream().max(Comparator.comparing(OpenPGPCertificate.OpenPGPComponentKey::getCreationTime));
    }

    private Optional<PGPKeyPair> secret(long id) {
        return secrets.stream().filter(pair -> pair.getKeyID() == id).findFirst();
    }

    /**
     * The keys that may decrypt something. A key that has expired still decrypts what was encrypted before.
     *
     * @param id of the key that it was encrypted for; 0 if that is hidden
     */
    List<PGPKeyPair> decryptionKeys(long id) {
        return secrets.stream()
                .filter(pair -> pair.getPublicKey().isEncryptionKey())
                .filter(pair -> id == 0 || pair.getKeyID() == id)
                .toList();
    }

    /** The key or subkey with an id, valid or not. */
    Optional<OpenPGPCertificate.OpenPGPComponentKey> component(long id) {
        return certificate.getKeys().stream()
                .filter(key -> key.getPGPPublicKey().getKeyID() == id)
                .findFirst();
    }

    /** An id of a key as people know it. */
    static String id(long id) {
        return String.format(Locale.ROOT, "%016X", id);
    }
}
