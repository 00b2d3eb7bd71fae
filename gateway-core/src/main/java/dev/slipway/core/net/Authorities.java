package dev.slipway.core.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Trusted certificate authorities: the JDK's, and those of a PEM file. */
public final class Authorities {
    private Authorities() {}

    /**
     * Returns trust managers for them. Blocks for the file.
     *
     * @throws UncheckedIOException if the file cannot be read
     * @throws IllegalArgumentException if it contains no certificates
     */
    public static TrustManager[] trustManagers(Path caFile) {
        try (InputStream in = Files.newInputStream(caFile)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int count = 0;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("configured-" + count++, certificate);
            }
            if (count == 0) {
                throw new IllegalArgumentException(caFile + " contains no certificate");
            }
            TrustManagerFactory defaults = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            defaults.init((KeyStore) null);
            for (TrustManager manager : defaults.getTrustManagers()) {
                if (manager instanceof X509TrustManager x509) {
                    for (X509Certificate issuer : x509.getAcceptedIssuers()) {
                        store.setCertificateEntry("default-" + count++, issuer);
                    }
                }
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory.getTrustManagers();
        } catch (IOException e) {
            throw new UncheckedIOException("the CA file " + caFile + " cannot be read", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(caFile + " is not a file of PEM certificates: " + e.getMessage(), e);
        }
    }

    /** Returns a TLS context for a client that trusts them. Blocks for the file; fails like {@link #trustManagers}. */
    public static SSLContext tls(Path caFile) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trustManagers(caFile), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime does not support TLS", e);
        }
    }
}
