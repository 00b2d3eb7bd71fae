package dev.slipway.app.keys;

import dev.slipway.core.setting.Secret;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMDecryptorProviderBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;
import org.jspecify.annotations.Nullable;

/** PEM text (<a href="https://www.rfc-editor.org/rfc/rfc7468">RFC 7468</a>) to certificates and keys, and back. */
public final class Pem {
    private Pem() {}

    static String format(String label, byte[] content) throws IOException {
        StringWriter text = new StringWriter();
        try (PemWriter writer = new PemWriter(text)) {
            writer.writeObject(new PemObject(label, content));
        }
        return text.toString();
    }

    static String format(X509Certificate certificate) throws IOException {
        try {
            return format("CERTIFICATE", certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot encode the certificate", e);
        }
    }

    /** A private key as PKCS#8. */
    static String format(PrivateKey key) throws IOException {
        return format("PRIVATE KEY", key.getEncoded());
    }

    /**
     * All certificates in a file, in order; keys are skipped.
     *
     * @throws KeyFileException it cannot be read, or contains none
     */
    public static List<X509Certificate> readCertificates(Path file) throws KeyFileException {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Object object : readAll(file)) {
            if (object instanceof X509CertificateHolder holder) {
                try {
                    certificates.add(new JcaX509CertificateConverter().getCertificate(holder));
                } catch (GeneralSecurityException e) {
                    throw new KeyFileException(file, "contains a damaged certificate: " + e.getMessage(), e);
                }
            }
        }
        if (certificates.isEmpty()) {
            throw new KeyFileException(
                    file, "contains no certificate; expected PEM text with '-----BEGIN CERTIFICATE-----'");
        }
        return certificates;
    }

    /**
     * The first private key of a file: PKCS#8, PKCS#1 or SEC1, encrypted or not.
     *
     * @throws KeyFileException it cannot be read, contains none, or the password is wrong
     */
    public static PrivateKey readPrivateKey(Path file, @Nullable Secret password) throws KeyFileException {
        for (Object object : readAll(file)) {
            try {
                PrivateKeyInfo info = switch (object) {
                    case PrivateKeyInfo plain -> plain;
                    case PEMKeyPair pair -> pair.getPrivateKeyInfo();
                    case PKCS8EncryptedPrivateKeyInfo encrypted ->
                        encrypted.decryptPrivateKeyInfo(new JceOpenSSLPKCS8DecryptorProviderBuilder()
                                .setProvider(SshKeys.bouncyCastle())
                                .build(needed(file, password)));
                    case PEMEncryptedKeyPair encrypted ->
                        encrypted
                                .decryptKeyPair(new JcePEMDecryptorProviderBuilder()
                                        .setProvider(SshKeys.bouncyCastle())
                                        .build(needed(file, password)))
                                .getPrivateKeyInfo();
                    default -> null;
                };
                if (info != null) {
                    return new JcaPEMKeyConverter().getPrivateKey(info);
                }
            } catch (KeyFileException e) {
                throw e;
            } catch (PKCSException | OperatorCreationException | IOException e) {
                throw new KeyFileException(
                        file,
                        password == null
                                ? "contains a damaged private key: " + e.getMessage()
                                : "cannot be decrypted; the password is wrong or the file is damaged",
                        e);
            }
        }
        throw new KeyFileException(
                file,
                "contains no private key; expected PEM text with '-----BEGIN PRIVATE KEY-----' (or 'EC', 'RSA',"
                        + " 'ENCRYPTED')");
    }

    private static char[] needed(Path file, @Nullable Secret password) throws KeyFileException {
        if (password == null) {
            throw new KeyFileException(file, "is encrypted, and no password is configured for it");
        }
        return password.revealChars();
    }

    private static List<Object> readAll(Path file) throws KeyFileException {
        List<Object> objects = new ArrayList<>();
        try (PEMParser parser = new PEMParser(new StringReader(PrivateFiles.readText(file)))) {
            for (Object object = parser.readObject(); object != null; object = parser.readObject()) {
                objects.add(object);
            }
        } catch (KeyFileException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new KeyFileException(file, "is not valid PEM text: " + e.getMessage(), e);
        }
        return objects;
    }
}
