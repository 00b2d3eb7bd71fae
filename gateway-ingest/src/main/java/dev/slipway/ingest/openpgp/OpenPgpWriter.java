package dev.slipway.ingest.openpgp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.bcpg.ArmoredOutputStream;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.SymmetricKeyAlgorithmTags;
import org.bouncycastle.openpgp.PGPEncryptedDataGenerator;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPKeyPair;
import org.bouncycastle.openpgp.PGPLiteralDataGenerator;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureGenerator;
import org.bouncycastle.openpgp.PGPSignatureSubpacketGenerator;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentSignerBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPGPDataEncryptorBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPublicKeyKeyEncryptionMethodGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Makes files of OpenPGP: encrypted by AES-256 with protection against changes, and signed with SHA-512. Nothing is
 * compressed. Failures to read or write stay what they are; all others are {@link OpenPgpException}s.
 */
public final class OpenPgpWriter {
    private static final int BUFFER = 1 << 16;
    /** The length of a name takes one byte. */
    private static final int LONGEST_NAME = 255;

    private final OutputStream to;
    private final boolean armor;
    private final Instant now;

    /**
     * A writer for one file.
     *
     * @param to remains the caller's, and is not closed
     * @param armor whether to write ASCII
     * @param now at which keys must be valid, and which is the time of signatures
     */
    public OpenPgpWriter(OutputStream to, boolean armor, Instant now) {
        this.to = to;
        this.armor = armor;
        this.now = now;
    }

    /**
     * What is written.
     *
     * @param bytes from their beginning to their end; remains the caller's
     * @param name which others may give the file
     * @param modified the time of the file
     */
    public record Plain(InputStream bytes, String name, Instant modified) {}

    /**
     * Encrypts a file.
     *
     * @param recipients who can read it, at least one
     * @param signer who signs it inside; null for nobody
     */
    public void encrypt(Plain plain, List<OpenPgpKey> recipients, @Nullable OpenPgpKey signer) throws IOException {
        armored(out -> {
            BcPGPDataEncryptorBuilder cipher = new BcPGPDataEncryptorBuilder(SymmetricKeyAlgorithmTags.AES_256)
                    .setSecureRandom(new SecureRandom())
                    .setWithIntegrityPacket(true);
            PGPEncryptedDataGenerator encryption = new PGPEncryptedDataGenerator(cipher);
            for (OpenPgpKey recipient : recipients) {
                encryption.addMethod(new BcPublicKeyKeyEncryptionMethodGenerator(recipient
                        .encryptionKey(now)
                        .orElseThrow(() -> unusable(recipient, KeyUse.Purpose.ENCRYPT))
                        .getPGPPublicKey()));
            }
            try (OutputStream encrypted = encryption.open(out, new byte[BUFFER])) {
                message(encrypted, plain, signer);
            }
        });
    }

    /** Makes a signed message, with the file in it. */
    public void sign(Plain plain, OpenPgpKey signer) throws IOException {
        armored(out -> message(out, plain, signer));
    }

    /** Makes a signature for a file of its own. */
    public void signApart(InputStream file, OpenPgpKey signer) throws IOException {
        armored(out -> {
            PGPSignatureGenerator signature = signature(signer);
            byte[] buffer = new byte[BUFFER];
            for (int read = file.read(buffer); read >= 0; read = file.read(buffer)) {
                signature.update(buffer, 0, read);
            }
            signature.generate().encode(out);
        });
    }

    private void message(OutputStream out, Plain plain, @Nullable OpenPgpKey signer) throws IOException, PGPException {
        PGPSignatureGenerator signature = signer == null ? null : signature(signer);
        if (signature != null) {
            signature.generateOnePassVersion(false).encode(out);
        }
        try (OutputStream literal = new PGPLiteralDataGenerator()
                .open(
                        out,
                        PGPLiteralDataGenerator.BINARY,
                        name(plain.name()),
                        Date.from(plain.modified()),
                        new byte[BUFFER])) {
            byte[] buffer = new byte[BUFFER];
            for (int read = plain.bytes().read(buffer);
                    read >= 0;
                    read = plain.bytes().read(buffer)) {
                literal.write(buffer, 0, read);
                if (signature != null) {
                    signature.update(buffer, 0, read);
                }
            }
        }
        if (signature != null) {
            signature.generate().encode(out);
        }
    }

    /** A name that is too long says nothing instead of half. */
    private static String name(String name) {
        return name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME ? "" : name;
    }

    private PGPSignatureGenerator signature(OpenPgpKey signer) throws IOException, PGPException {
        PGPKeyPair pair = signer.signingKey(now).orElseThrow(() -> unusable(signer, KeyUse.Purpose.SIGN));
        PGPSignatureGenerator signature = new PGPSignatureGenerator(
                new BcPGPContentSignerBuilder(pair.getPublicKey().getAlgorithm(), HashAlgorithmTags.SHA512),
                pair.getPublicKey());
        signature.init(PGPSignature.BINARY_DOCUMENT, pair.getPrivateKey());
        PGPSignatureSubpacketGenerator signed = new PGPSignatureSubpacketGenerator();
        signed.setSignatureCreationTime(true, Date.from(now));
        signed.setIssuerFingerprint(false, pair.getPublicKey());
        signature.setHashedSubpackets(signed.generate());
        if (pair.getPublicKey().getVersion() < 6) {
            // Older programs know only this.
            PGPSignatureSubpacketGenerator hints = new PGPSignatureSubpacketGenerator();
            hints.setIssuerKeyID(false, pair.getKeyID());
            signature.setUnhashedSubpackets(hints.generate());
        }
        return signature;
    }

    private OpenPgpException unusable(OpenPgpKey key, KeyUse.Purpose purpose) {
        Optional<String> problem = key.problem(purpose, now);
        return new OpenPgpException("The key " + key.name() + " " + problem.orElse("cannot be used") + ".");
    }

    private interface Work {
        void run(OutputStream out) throws IOException, PGPException;
    }

    private void armored(Work work) throws IOException {
        try {
            if (!armor) {
                work.run(to);
                return;
            }
            try (ArmoredOutputStream out =
                    ArmoredOutputStream.builder().clearHeaders().enableCRC(true).build(to)) {
                work.run(out);
            }
        } catch (PGPException | RuntimeException e) {
            throw OpenPgpException.of("The file cannot be encrypted or signed: " + e.getMessage(), e);
        }
    }
}
