package dev.slipway.app.keys;

import dev.slipway.core.setting.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.UnrecoverableKeyException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * A server's certificate and private key.
 *
 * @param chain the server's certificate first, at least one
 * @param key the private key of the first certificate
 */
public record ServerCertificate(List<X509Certificate> chain, PrivateKey key) {
    public ServerCertificate {
        chain = List.copyOf(chain);
    }

    /** The server's own certificate. */
    public X509Certificate leaf() {
        return chain.getFirst();
    }

    /**
     * Reads certificate and key, and checks that they belong together.
     *
     * @throws KeyFileException which file cannot be used, and why
     */
    public static ServerCertificate load(CertificateSource source) throws KeyFileException {
        return switch (source) {
            case CertificateSource.PemFiles pem -> {
                var certificate = new ServerCertificate(
                        Pem.readCertificates(pem.certificate()), Pem.readPrivateKey(pem.key(), pem.password()));
                certificate.checkPair(pem.key(), "does not belong to the first certificate in " + pem.certificate());
                yield certificate;
            }
            case CertificateSource.Pkcs12File pkcs12 -> {
                var certificate = loadPkcs12(pkcs12.file(), pkcs12.password());
                certificate.checkPair(pkcs12.file(), "contains a key that does not belong to its certificate");
                yield certificate;
            }
        };
    }

    private static ServerCertificate loadPkcs12(Path file, Secret password) throws KeyFileException {
        byte[] bytes = PrivateFiles.readBytes(file);
        char[] characters = password.revealChars();
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(new ByteArrayInputStream(bytes), characters);
            List<String> keys = new ArrayList<>();
            for (String alias : Collections.list(store.aliases())) {
                if (store.isKeyEntry(alias)) {
                    keys.add(alias);
                }
            }
            if (keys.size() != 1) {
                throw new KeyFileException(file, "holds " + keys.size() + " private keys; expected exactly one");
            }
            List<X509Certificate> chain = new ArrayList<>();
            for (var certificate : store.getCertificateChain(keys.getFirst())) {
                chain.add((X509Certificate) certificate);
            }
            return new ServerCertificate(chain, (PrivateKey) store.getKey(keys.getFirst(), characters));
        } catch (KeyFileException e) {
            throw e;
        } catch (IOException e) {
            throw new KeyFileException(
                    file,
                    e.getCause() instanceof UnrecoverableKeyException
                            ? "cannot be opened; the password is wrong"
                            : "is not a PKCS#12 key store or is damaged: " + e.getMessage(),
                    e);
        } catch (GeneralSecurityException e) {
            throw new KeyFileException(file, "cannot be used: " + e.getMessage(), e);
        } finally {
            Arrays.fill(characters, '\0');
        }
    }

    private void checkPair(Path file, String otherwise) throws KeyFileException {
        PublicKey publicKey = leaf().getPublicKey();
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC", "ECDSA" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        try {
            byte[] probe = {1, 2, 3};
            Signature signer = Signature.getInstance(algorithm);
            signer.initSign(key);
            signer.update(probe);
            byte[] signature = signer.sign();
            Signature verifier = Signature.getInstance(algorithm);
            verifier.initVerify(publicKey);
            verifier.update(probe);
            if (verifier.verify(signature)) {
                return;
            }
        } catch (GeneralSecurityException e) {
            throw new KeyFileException(file, otherwise + " (" + e.getMessage() + ")", e);
        }
        throw new KeyFileException(file, otherwise);
    }
}
