package dev.slipway.ftps;

import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** TLS of one control connection, and of the data connections that belong to it. */
final class ConnectionTls {
    private final FtpsSettings settings;
    private final TlsIdentity identity;
    private final SSLContext context;
    private volatile @Nullable Certificate client;

    ConnectionTls(FtpsSettings settings, TlsIdentity identity, SSLContext context) {
        this.settings = settings;
        this.identity = identity;
        this.context = context;
    }

    /** A data connection is not shown to be the client's in the way that the settings demand. The message is for the client. */
    static final class NotTheClientException extends SSLException {
        private static final long serialVersionUID = 1L;

        NotTheClientException(String message) {
            super(message);
        }
    }

    /** An engine for the control connection, waiting for the client's hello. */
    SSLEngine controlEngine() throws SSLException {
        return engine(context);
    }

    /** An engine for a data connection, waiting for the client's hello. */
    SSLEngine dataEngine() throws SSLException {
        return engine(settings.sessionReuse() == SessionReuse.OFF ? identity.newContext() : context);
    }

    private SSLEngine engine(SSLContext of) throws SSLException {
        SSLEngine engine = of.createSSLEngine();
        engine.setUseClientMode(false);
        settings.oldestTls().enableAsOldest(engine);
        switch (settings.clientCertificates()) {
            case OFF -> {}
            case OPTIONAL -> engine.setWantClientAuth(true);
            case REQUIRED -> engine.setNeedClientAuth(true);
        }
        engine.beginHandshake();
        return engine;
    }

    /** Remembers who is at the other end of the control connection. */
    void controlEstablished(SSLSession session) {
        client = certificate(session);
    }

    /** Who the certificate of the control connection speaks for, or null if the client has shown none. */
    @Nullable
    String clientSubject() {
        return client instanceof X509Certificate certificate
                ? certificate.getSubjectX500Principal().getName().replaceAll("\\p{Cntrl}", "?")
                : null;
    }

    /**
     * Checks that a data connection belongs to this control connection, as far as the settings demand it.
     *
     * @param handshakeStart the time of day, in ms, before the handshake began
     */
    void checkData(SSLSession session, long handshakeStart) throws NotTheClientException {
        // A resumed session has the time of the handshake that it began with, and only this connection knows its keys.
        if (settings.sessionReuse() == SessionReuse.REQUIRE && session.getCreationTime() >= handshakeStart) {
            throw new NotTheClientException("The data connection must resume the TLS session of the control connection;"
                    + " turn on TLS session reuse in the client.");
        }
        Certificate expected = client;
        if (expected != null && !expected.equals(certificate(session))) {
            throw new NotTheClientException(
                    "The data connection must show the same client certificate as the control connection.");
        }
    }

    private static @Nullable Certificate certificate(SSLSession session) {
        try {
            return session.getPeerCertificates()[0];
        } catch (SSLPeerUnverifiedException e) {
            return null;
        }
    }

    static void runTasks(SSLEngine engine) {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }
}
