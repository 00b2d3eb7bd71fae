package dev.slipway.ingest.openpgp;

import dev.slipway.ingest.content.ExpansionLimits;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bouncycastle.openpgp.PGPEncryptedData;
import org.bouncycastle.openpgp.PGPEncryptedDataList;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPKeyPair;
import org.bouncycastle.openpgp.PGPObjectFactory;
import org.bouncycastle.openpgp.PGPPublicKeyEncryptedData;
import org.bouncycastle.openpgp.PGPSessionKey;
import org.bouncycastle.openpgp.PGPSessionKeyEncryptedData;
import org.bouncycastle.openpgp.PGPSignatureList;
import org.bouncycastle.openpgp.bc.BcPGPObjectFactory;
import org.bouncycastle.openpgp.operator.bc.BcPublicKeyDataDecryptorFactory;
import org.bouncycastle.openpgp.operator.bc.BcSessionKeyDataDecryptorFactory;

/**
 * Reads files of OpenPGP that others have made. Files may be hostile: memory is bounded whatever they say. It needs up to
 * 24 MiB for a file: 16 MiB for the largest pieces that authenticated encryption may have, and the rest for signatures
 * that consist of the smallest parts.
 *
 * <p>All failures are {@link OpenPgpException}s, except for those of the store, which stay what they are, and {@link
 * dev.slipway.ingest.content.ExpansionException}s.
 */
public final class OpenPgpReader {
    private static final String DAMAGED =
            "The file cannot be read: it is damaged, or was changed after it was encrypted.";

    /** Whoever hides for whom a file is has all keys tried. */
    private static final int HIDDEN = 20;

    private final ExpansionLimits limits;
    private final List<OpenPgpKey> signers;
    private final Instant now;

    /**
     * A reader for one file.
     *
     * @param signers one of them must have signed the file; none if it need not be signed
     * @param limits how much may come out of a file
     * @param now at which keys must be valid
     */
    public OpenPgpReader(List<OpenPgpKey> signers, ExpansionLimits limits, Instant now) {
        this.signers = List.copyOf(signers);
        this.limits = limits;
        this.now = now;
    }

    /**
     * Decrypts a file. Its contents are genuine only after their end was read, which fails if anything is wrong.
     *
     * @param file from its beginning; remains the caller's
     * @param size of the file, in bytes
     * @param keys secret keys; the message must be encrypted for one of them
     */
    public InputStream decrypt(InputStream file, long size, List<OpenPgpKey> keys) throws IOException {
        try {
            PGPObjectFactory outer =
                    new BcPGPObjectFactory(new PacketFilter(Armor.remove(file), PacketFilter.Layer.OUTER));
            if (!(Contents.next(outer) instanceof PGPEncryptedDataList encrypted)) {
                throw new OpenPgpException("The file is not encrypted.");
            }
            PGPSessionKey session = unlock(encrypted, keys);
            int cipher = session.getAlgorithm();
            // Among those that are refused is the one that leaves the contents as they are.
            if (!OpenPgpKey.POLICY.isAcceptableSymmetricKeyAlgorithm(cipher)) {
                throw new OpenPgpException("The file is encrypted by an old method (number " + cipher
                        + " of the standard), which is refused.");
            }
            PGPSessionKeyEncryptedData data = encrypted.extractSessionKeyEncryptedData();
            InputStream plain = data.getDataStream(new BcSessionKeyDataDecryptorFactory(session));
            return Contents.open(
                    plain, new SignatureChecks(signers, now), () -> requireGenuine(data, plain, outer), limits, size);
        } catch (IOException | PGPException | RuntimeException e) {
            throw OpenPgpException.of(DAMAGED, e);
        }
    }

    /** The key of the contents, which one of our keys decrypts. */
    private static PGPSessionKey unlock(PGPEncryptedDataList encrypted, List<OpenPgpKey> keys) throws OpenPgpException {
        List<Long> others = new ArrayList<>();
        boolean failed = false;
        int hidden = 0;
        for (PGPEncryptedData method : encrypted) {
            if (!(method instanceof PGPPublicKeyEncryptedData data)) {
                continue;
            }
            long id = data.getKeyIdentifier().getKeyId();
            boolean isHidden = id == 0;
            if (isHidden && ++hidden > HIDDEN) {
                continue;
            }
            boolean isKnown = false;
            for (OpenPgpKey key : keys) {
                for (PGPKeyPair pair : key.decryptionKeys(id)) {
                    isKnown = true;
                    Optional<PGPSessionKey> session = session(data, pair);
                    if (session.isPresent()) {
                        return session.get();
                    }
                    failed |= !isHidden;
                }
            }
            if (!isKnown && !isHidden) {
                others.add(id);
            }
        }
        if (failed) {
            throw new OpenPgpException(DAMAGED);
        }
        String names = SignatureChecks.names(keys);
        throw new OpenPgpException("The file is not encrypted for " + (names.isEmpty() ? "any key" : names)
                + (others.isEmpty()
                        ? "."
                        : ", but for "
                                + others.stream()
                                        .distinct()
                                        .limit(5)
                                        .map(OpenPgpKey::id)
                                        .collect(Collectors.joining(", "))
                                + "."));
    }

    private static Optional<PGPSessionKey> session(PGPPublicKeyEncryptedData data, PGPKeyPair pair) {
        try {
            return Optional.of(data.getSessionKey(new BcPublicKeyDataDecryptorFactory(pair)));
        } catch (PGPException | RuntimeException e) {
            // Another key, or another entry, may fit.
            return Optional.empty();
        }
    }

    /** What is left when the contents have ended: nothing but what shows that they are those that were encrypted. */
    private static void requireGenuine(PGPEncryptedData data, InputStream plain, PGPObjectFactory outer)
            throws IOException, PGPException {
        // Authenticated encryption fails here, at the latest.
        if (plain.read() >= 0) {
            throw new OpenPgpException("The file has something after its contents.");
        }
        if (!data.isAEAD() && !data.verify()) {
            throw new OpenPgpException("The file was changed, or damaged, after it was encrypted.");
        }
        if (Contents.next(outer) != null) {
            throw new OpenPgpException("The file has something after its contents.");
        }
    }

    /**
     * Opens a file that is signed but not encrypted, with the contents in it. They are genuine only after their end was
     * read, which fails if anything is wrong.
     *
     * @param file from its beginning; remains the caller's
     * @param size of the file, in bytes
     */
    public InputStream open(InputStream file, long size) throws IOException {
        try {
            return Contents.open(Armor.remove(file), new SignatureChecks(signers, now), () -> {}, limits, size);
        } catch (IOException | RuntimeException e) {
            throw OpenPgpException.of(DAMAGED, e);
        }
    }

    /**
     * Verifies a file whose signature is in a file of its own.
     *
     * @param file from its beginning; remains the caller's
     * @param signature armored or binary; remains the caller's
     */
    public void verify(InputStream file, InputStream signature) throws IOException {
        try {
            PGPObjectFactory packets =
                    new BcPGPObjectFactory(new PacketFilter(Armor.remove(signature), PacketFilter.Layer.SIGNATURES));
            if (!(Contents.next(packets) instanceof PGPSignatureList signatures) || Contents.next(packets) != null) {
                throw new OpenPgpException("The file with the signature has no signature in it.");
            }
            SignatureChecks.verify(
                    signatures,
                    piece -> {
                        byte[] buffer = new byte[1 << 16];
                        for (int read = file.read(buffer); read >= 0; read = file.read(buffer)) {
                            piece.take(buffer, read);
                        }
                    },
                    signers,
                    now);
        } catch (IOException | PGPException | RuntimeException e) {
            throw OpenPgpException.of("The signature cannot be read: it is damaged.", e);
        }
    }
}
