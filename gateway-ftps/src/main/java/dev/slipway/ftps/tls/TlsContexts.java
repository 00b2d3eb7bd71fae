package dev.slipway.ftps.tls;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.ftps.ClientCertificates;
import dev.slipway.ftps.FtpsSettings;
import dev.slipway.ftps.TlsIdentity;
import dev.slipway.ftps.TlsProvider;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates the TLS of control connections. With BoringSSL all of them share one context, which takes milliseconds to
 * create; with the Java runtime each has its own. {@link ResumptionScope} decides which sessions clients can resume.
 */
public final class TlsContexts implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TlsContexts.class);

    /** How long a session can be resumed, as the JDK has it. (Those of TLS 1.3 with BoringSSL: two days.) */
    private static final Duration SESSION_TIMEOUT = Duration.ofDays(1);

    /** BoringSSL always offers these three. */
    private static final Set<String> TLS_1_3 =
            Set.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

    private final FtpsSettings settings;
    private final Supplier<TlsIdentity> identities;
    private final List<String> cipherSuites = cipherSuites();
    private final ResumptionScopes scopes = new ResumptionScopes();
    private final boolean nativeUsable;

    @GuardedBy("this")
    private @Nullable TlsIdentity sharedIdentity;

    @GuardedBy("this")
    private @Nullable SslContext shared;

    @GuardedBy("this")
    private boolean closed;

    public TlsContexts(FtpsSettings settings, Supplier<TlsIdentity> identities) {
        this.settings = settings;
        this.identities = identities;
        String hindrance = hindrance();
        this.nativeUsable = hindrance == null;
        if (hindrance != null && settings.tlsProvider() == TlsProvider.NATIVE) {
            log.info("FTPS uses the Java runtime's TLS: {}", hindrance);
        }
    }

    /** Why BoringSSL is not used, or null if it is. */
    private @Nullable String hindrance() {
        if (settings.tlsProvider() != TlsProvider.NATIVE) {
            return "it is configured";
        }
        if (settings.clientCertificates() != ClientCertificates.OFF) {
            return "it accepts kinds of client certificates that BoringSSL does not";
        }
        if (!cipherSuites.containsAll(TLS_1_3)) {
            return "it disables TLS 1.3 cipher suites that BoringSSL always offers";
        }
        return OpenSsl.isAvailable() ? null : "the BoringSSL library does not load: " + OpenSsl.unavailabilityCause();
    }

    /** Those that the Java runtime considers safe, for either provider. */
    private static List<String> cipherSuites() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[0], new TrustManager[0], null);
            return List.of(context.createSSLEngine().getEnabledCipherSuites());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime does not support TLS", e);
        }
    }

    /**
     * The TLS of a new control connection, with the current identity. To be closed with it.
     *
     * @param client where it comes from
     */
    public ConnectionTls next(InetAddress client) throws SSLException {
        TlsIdentity identity = identities.get();
        return new ConnectionTls(
                settings,
                () -> newContext(identity),
                isNative(identity) ? shared(identity) : newContext(identity),
                scopes,
                client);
    }

    private synchronized SslContext shared(TlsIdentity identity) throws SSLException {
        if (closed) {
            throw new SSLException("the server is closed");
        }
        if (shared == null || !identity.equals(sharedIdentity)) {
            SslContext fresh = newContext(identity);
            ReferenceCountUtil.release(shared); // connections that use it have references of their own
            shared = fresh;
            sharedIdentity = identity;
        }
        return ReferenceCountUtil.retain(shared);
    }

    /** Frees what no connection uses any more. */
    @Override
    public synchronized void close() {
        closed = true;
        ReferenceCountUtil.release(shared);
        shared = null;
    }

    private SslContext newContext(TlsIdentity identity) throws SSLException {
        boolean inNative = isNative(identity);
        // BoringSSL is given the key itself, and signs without asking Java for it each time
        SslContextBuilder builder = inNative
                ? SslContextBuilder.forServer(identity.key(), identity.chain())
                : SslContextBuilder.forServer(identity.keys());
        X509TrustManager clients = identity.clients();
        SslContext context = builder.sslProvider(inNative ? SslProvider.OPENSSL : SslProvider.JDK)
                .protocols(settings.minimumTls().andNewer())
                .ciphers(cipherSuites, SupportedCipherSuiteFilter.INSTANCE)
                // without a trust manager, the context would trust all CAs of the Java runtime
                .trustManager((TrustManager) (clients == null ? TrustNobody.INSTANCE : clients))
                .clientAuth(
                        switch (settings.clientCertificates()) {
                            case OFF -> ClientAuth.NONE;
                            case OPTIONAL -> ClientAuth.OPTIONAL;
                            case REQUIRED -> ClientAuth.REQUIRE;
                        })
                .sessionTimeout(SESSION_TIMEOUT.toSeconds())
                .build();
        if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
            sessions.setTicketKeys(); // BoringSSL makes them, and new ones every other day
        }
        return context;
    }

    private boolean isNative(TlsIdentity identity) {
        return nativeUsable && isUsableInNative(identity);
    }

    /** RSA and EC; BoringSSL offers clients no other signatures. */
    private static boolean isUsableInNative(TlsIdentity identity) {
        return switch (identity.chain().getFirst().getPublicKey().getAlgorithm()) {
            case "RSA", "EC" -> identity.key().getEncoded() != null;
            default -> false;
        };
    }

    private enum TrustNobody implements X509TrustManager {
        INSTANCE;

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            throw new CertificateException("no client certificates are trusted");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            throw new CertificateException("no server certificates are trusted");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
