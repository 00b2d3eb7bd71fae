package dev.slipway.ingest.openpgp;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPOnePassSignature;
import org.bouncycastle.openpgp.PGPOnePassSignatureList;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureList;
import org.bouncycastle.openpgp.api.OpenPGPCertificate;
import org.bouncycastle.openpgp.api.OpenPGPSignature;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentVerifierBuilderProvider;

/**
 * Whether a file is signed by one of some people. One good signature is enough, but none of theirs may be bad. Signatures
 * of others do not count. A signature is good if its key was valid when it was made and still is: a file arrives soon
 * after it was signed.
 */
final class SignatureChecks {
    /** Each signature costs a digest of the whole file. */
    private static final int MOST = 16;

    /** How much a sender's clock may be fast. */
    private static final Duration CLOCK = Duration.ofHours(1);

    private final List<OpenPgpKey> signers;
    private final Instant now;
    private final List<Check> checks = new ArrayList<>();
    private int announced;

    /**
     * A signature that is being checked.
     *
     * @param number its place among those of the file
     * @param announcement what precedes the contents; it computes the digest
     */
    private record Check(
            OpenPgpKey signer,
            OpenPGPCertificate.OpenPGPComponentKey key,
            int number,
            PGPOnePassSignature announcement) {}

    /** @param signers none if the file need not be signed */
    SignatureChecks(List<OpenPgpKey> signers, Instant now) {
        this.signers = List.copyOf(signers);
        this.now = now;
    }

    /** A message begins without any signature. */
    void beginUnsigned() throws OpenPgpException {
        if (!signers.isEmpty()) {
            throw new OpenPgpException("The file is not signed.");
        }
    }

    /** The signatures that a message announces. */
    void begin(PGPOnePassSignatureList announcements) throws IOException, PGPException {
        announced = announcements.size();
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < announced; i++) {
            PGPOnePassSignature announcement = announcements.get(i);
            ids.add(announcement.getKeyID());
            for (OpenPgpKey signer : signers) {
                Optional<OpenPGPCertificate.OpenPGPComponentKey> key = signer.component(announcement.getKeyID());
                if (key.isPresent()) {
                    requireFew(checks.size() + 1);
                    requireDocument(announcement.getSignatureType());
                    announcement.init(
                            new BcPGPContentVerifierBuilderProvider(), key.get().getPGPPublicKey());
                    checks.add(new Check(signer, key.get(), i, announcement));
                    break;
                }
            }
        }
        if (checks.isEmpty() && !signers.isEmpty()) {
            throw unknown(ids);
        }
    }

    /** None may be left out: it could be a bad one. */
    private static void requireFew(int count) throws OpenPgpException {
        if (count > MOST) {
            throw new OpenPgpException("The file has more than " + MOST + " signatures that would have to be checked.");
        }
    }

    private static void requireDocument(int type) throws OpenPgpException {
        if (type != PGPSignature.BINARY_DOCUMENT && type != PGPSignature.CANONICAL_TEXT_DOCUMENT) {
            throw new OpenPgpException("The signature is none of a file.");
        }
    }

    private OpenPgpException unknown(List<Long> ids) {
        return new OpenPgpException("The file is not signed by " + names(signers) + ", but by "
                + ids.stream().distinct().limit(5).map(OpenPgpKey::id).collect(Collectors.joining(", ")) + ".");
    }

    static String names(List<OpenPgpKey> keys) {
        return keys.stream().map(OpenPgpKey::name).collect(Collectors.joining(" or "));
    }

    /** Bytes of the contents. */
    void update(byte[] bytes, int offset, int length) {
        for (Check check : checks) {
            check.announcement().update(bytes, offset, length);
        }
    }

    /** The signatures that follow the contents, in the opposite order of their announcements. */
    void end(PGPSignatureList signatures) throws IOException, PGPException {
        if (signatures.size() != announced) {
            throw new OpenPgpException("The file is damaged: it announces " + announced + " signatures, and has "
                    + signatures.size() + ".");
        }
        for (Check check : checks) {
            PGPSignature signature = signatures.get(announced - 1 - check.number());
            PGPOnePassSignature announcement = check.announcement();
            boolean fits = signature.getKeyID() == announcement.getKeyID()
                    && signature.getSignatureType() == announcement.getSignatureType()
                    && signature.getHashAlgorithm() == announcement.getHashAlgorithm();
            OpenPGPSignature.OpenPGPDocumentSignature document =
                    new OpenPGPSignature.OpenPGPDocumentSignature(signature, check.key());
            require(check.signer(), check.key(), document, fits && document.verify(announcement), now);
        }
    }

    /** The contents end without any signature. */
    void endUnsigned() throws OpenPgpException {
        if (announced > 0) {
            throw new OpenPgpException("The file is damaged: its signature is missing.");
        }
    }

    /**
     * Checks signatures that are in a file of their own.
     *
     * @param file read from its beginning to its end
     */
    static void verify(Iterable<PGPSignature> signatures, Reader file, List<OpenPgpKey> signers, Instant now)
            throws IOException, PGPException {
        record Detached(OpenPgpKey signer, OpenPGPCertificate.OpenPGPComponentKey key, PGPSignature signature) {}
        List<Detached> found = new ArrayList<>();
        List<Long> ids = new ArrayList<>();
        for (PGPSignature signature : signatures) {
            ids.add(signature.getKeyID());
            for (OpenPgpKey signer : signers) {
                Optional<OpenPGPCertificate.OpenPGPComponentKey> key = signer.component(signature.getKeyID());
                if (key.isPresent()) {
                    requireFew(found.size() + 1);
                    requireDocument(signature.getSignatureType());
                    signature.init(
                            new BcPGPContentVerifierBuilderProvider(), key.get().getPGPPublicKey());
                    found.add(new Detached(signer, key.get(), signature));
                    break;
                }
            }
        }
        if (found.isEmpty()) {
            throw new SignatureChecks(signers, now).unknown(ids);
        }
        file.read((bytes, length) -> {
            for (Detached one : found) {
                one.signature().update(bytes, 0, length);
            }
        });
        for (Detached one : found) {
            OpenPGPSignature.OpenPGPDocumentSignature document =
                    new OpenPGPSignature.OpenPGPDocumentSignature(one.signature(), one.key());
            require(one.signer(), one.key(), document, document.verify(), now);
        }
    }

    /** Gives all bytes of a file to something. */
    interface Reader {
        void read(Piece piece) throws IOException;
    }

    /** Takes the next bytes of a file, from the beginning of an array. */
    interface Piece {
        void take(byte[] bytes, int length);
    }

    private static void require(
            OpenPgpKey signer,
            OpenPGPCertificate.OpenPGPComponentKey key,
            OpenPGPSignature.OpenPGPDocumentSignature signature,
            boolean isCorrect,
            Instant now)
            throws IOException {
        String whose = "The signature of " + signer.name();
        if (!isCorrect) {
            throw new OpenPgpException(whose + " is bad: the file, or the signature, was changed.");
        }
        Date made = signature.getCreationTime();
        if (made.toInstant().isAfter(now.plus(CLOCK))) {
            throw new OpenPgpException(whose + " is of " + made.toInstant() + ", which is in the future.");
        }
        if (!signature.isEffectiveAt(made.toInstant().isAfter(now) ? made : Date.from(now))) {
            throw new OpenPgpException(whose + " has expired.");
        }
        Optional<String> ended = OpenPgpKey.ended(key, now)
                .or(() -> OpenPgpKey.ended(key.getCertificate().getPrimaryKey(), now));
        if (ended.isPresent()) {
            throw new OpenPgpException(whose + " does not count: the key " + ended.get() + ".");
        }
        try {
            if (!signature.isValidAt(made, OpenPgpKey.POLICY)) {
                throw new OpenPgpException(
                        whose + " does not count: the key was not valid for signatures when it was made.");
            }
        } catch (PGPException | RuntimeException e) {
            throw OpenPgpException.of(whose + " does not count: " + e.getMessage(), e);
        }
    }
}
