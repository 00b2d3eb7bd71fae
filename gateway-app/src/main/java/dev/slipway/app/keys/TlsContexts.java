package dev.slipway.app.keys;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The TLS context of new sessions, which follows the certificate's files. Safe for use by several threads. */
public final class TlsContexts implements Supplier<SSLContext> {
    private static final Logger log = LoggerFactory.getLogger(TlsContexts.class);
    private static final Duration WARN_BEFORE = Duration.ofDays(14);

    private record Loaded(ServerCertificate certificate, SSLContext context) {}

    private final Reloading<Loaded> loaded;

    private TlsContexts(Reloading<Loaded> loaded) {
        this.loaded = loaded;
    }

    /**
     * Reads the certificate now, and again whenever its files have changed.
     *
     * @throws IOException the certificate cannot be used now
     */
    public static TlsContexts follow(CertificateSource source) throws IOException {
        return new TlsContexts(new Reloading<>("certificate", source.files(), () -> {
            ServerCertificate certificate = ServerCertificate.load(source);
            warnOfExpiry(certificate);
            return new Loaded(certificate, certificate.toContext());
        }));
    }

    private static void warnOfExpiry(ServerCertificate certificate) {
        Instant end = certificate.leaf().getNotAfter().toInstant();
        Instant now = Instant.now();
        if (end.isBefore(now)) {
            log.warn("The certificate expired on {}; clients will refuse it", end);
        } else if (end.isBefore(now.plus(WARN_BEFORE))) {
            log.warn("The certificate expires on {}", end);
        }
    }

    /** The certificate in use now. */
    public ServerCertificate certificate() {
        return loaded.get().certificate();
    }

    @Override
    public SSLContext get() {
        return loaded.get().context();
    }
}
