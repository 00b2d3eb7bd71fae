package dev.slipway.app.keys;

import dev.slipway.ftps.TlsIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The TLS identity of new sessions, reloaded when its files change. Safe for use by several threads. */
@SuppressWarnings("exports") // only Slipway itself uses it
public final class TlsIdentities implements Supplier<TlsIdentity> {
    private static final Logger log = LoggerFactory.getLogger(TlsIdentities.class);
    private static final Duration WARN_BEFORE = Duration.ofDays(14);

    private record Loaded(ServerCertificate certificate, TlsIdentity identity) {}

    private final Supplier<Loaded> loaded;

    private TlsIdentities(Supplier<Loaded> loaded) {
        this.loaded = loaded;
    }

    /**
     * Reads the certificate now, and again whenever its files have changed.
     *
     * @param clientAuthorities PEM file with the CAs of client certificates, or null without client certificates;
     *     reloaded as well
     * @throws IOException a file cannot be used now; the message names it
     */
    public static TlsIdentities follow(CertificateSource source, @Nullable Path clientAuthorities) throws IOException {
        List<Path> files = new ArrayList<>(source.files());
        if (clientAuthorities != null) {
            files.add(clientAuthorities);
        }
        return new TlsIdentities(new Reloading<>(
                "certificate",
                files,
                () -> loaded(
                        ServerCertificate.load(source), clientAuthorities == null ? null : trust(clientAuthorities))));
    }

    /**
     * Uses the certificates of a program.
     *
     * @param source called for each session; a new certificate is a new object
     * @param clientAuthorities as above
     * @throws IOException the file cannot be used now; the message names it
     * @throws IllegalArgumentException the certificate cannot be used for TLS
     */
    public static TlsIdentities of(Supplier<ServerCertificate> source, @Nullable Path clientAuthorities)
            throws IOException {
        Supplier<? extends @Nullable X509ExtendedTrustManager> trust = clientAuthorities == null
                ? () -> null
                : new Reloading<>("client CAs", List.of(clientAuthorities), () -> trust(clientAuthorities));
        AtomicReference<Loaded> latest = new AtomicReference<>(loaded(source.get(), trust.get()));
        return new TlsIdentities(() -> latest.updateAndGet(known -> {
            ServerCertificate certificate = source.get();
            X509ExtendedTrustManager clients = trust.get();
            return isMadeOf(known, certificate, clients) ? known : loaded(certificate, clients);
        }));
    }

    @SuppressWarnings("ReferenceEquality") // what has not changed is the same object
    private static boolean isMadeOf(
            Loaded loaded, ServerCertificate certificate, @Nullable X509ExtendedTrustManager clients) {
        return loaded.certificate() == certificate && loaded.identity().clients() == clients;
    }

    private static Loaded loaded(ServerCertificate certificate, @Nullable X509ExtendedTrustManager clients) {
        warnOfExpiry(certificate);
        return new Loaded(certificate, new TlsIdentity(certificate.key(), certificate.chain(), clients));
    }

    /**
     * A trust manager for certificates signed by the CAs in a PEM file.
     *
     * @throws KeyFileException the file cannot be used
     */
    public static X509ExtendedTrustManager trust(Path authorities) throws IOException {
        List<X509Certificate> certificates = Pem.readCertificates(authorities);
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            for (int i = 0; i < certificates.size(); i++) {
                store.setCertificateEntry("ca" + i, certificates.get(i));
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(store);
            return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
        } catch (GeneralSecurityException e) {
            throw new KeyFileException(authorities, "contains certificates that cannot be used: " + e.getMessage(), e);
        }
    }

    private static void warnOfExpiry(ServerCertificate certificate) {
        Instant end = certificate.leaf().getNotAfter().toInstant();
        Instant now = Instant.now();
        if (end.isBefore(now)) {
            log.warn("The certificate expired on {}; clients will reject it", end);
        } else if (end.isBefore(now.plus(WARN_BEFORE))) {
            log.warn("The certificate expires on {}", end);
        }
    }

    /** The certificate in use now. */
    public ServerCertificate certificate() {
        return loaded.get().certificate();
    }

    /** A context whose new connections use the current certificate, and request none from clients. */
    public SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {new NewestKeys(this)}, new TrustManager[0], null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime does not support TLS", e);
        }
    }

    @Override
    public TlsIdentity get() {
        return loaded.get().identity();
    }
}
