package dev.slipway.ftps;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCountUtil;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS of one control connection, and of the data connections that belong to it. Engines may hold memory outside of the
 * heap: who gets one calls {@link #release} when it has seen its last use. One that was given back looks as if the peer
 * had closed it; so nobody may use one that somebody else could give back, unless by {@link #retain}.
 */
final class ConnectionTls implements AutoCloseable {
    /** Makes contexts that share nothing. */
    @FunctionalInterface
    interface Contexts {
        SslContext create() throws SSLException;
    }

    private final FtpsSettings settings;
    private final Contexts contexts;
    private final SslContext context;
    private boolean closed; // guarded by this
    private volatile @Nullable Certificate client;
    private volatile long controlCreated = -1;

    /** @param context a reference to it becomes this object's */
    ConnectionTls(FtpsSettings settings, Contexts contexts, SslContext context) {
        this.settings = settings;
        this.contexts = contexts;
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
        if (settings.sessionReuse() != SessionReuse.OFF) {
            return engine(context);
        }
        SslContext own = contexts.create();
        try {
            return engine(own);
        } finally {
            ReferenceCountUtil.release(own); // the engine has its own reference
        }
    }

    private synchronized SSLEngine engine(SslContext of) throws SSLException {
        if (closed) {
            throw new SSLException("the control connection has ended");
        }
        SSLEngine engine = of.newEngine(ByteBufAllocator.DEFAULT);
        try {
            engine.beginHandshake();
        } catch (SSLException | RuntimeException e) {
            release(engine);
            throw e;
        }
        return engine;
    }

    /**
     * Keeps an engine from being given back until {@link #release} was called once more.
     *
     * @throws SSLException if it was given back already
     */
    static void retain(SSLEngine engine) throws SSLException {
        try {
            ReferenceCountUtil.retain(engine);
        } catch (IllegalReferenceCountException e) {
            throw new SSLException("the connection was closed", e);
        }
    }

    /** Gives back what the engine holds, unless somebody has retained it. */
    static void release(SSLEngine engine) {
        ReferenceCountUtil.release(engine);
    }

    /** Whether records are best read and written in buffers outside of the heap. */
    static boolean isNative(SSLEngine engine) {
        return engine instanceof ReferenceCountedOpenSslEngine;
    }

    /** Remembers who is at the other end of the control connection. */
    void controlEstablished(SSLSession session) {
        client = certificate(session);
        controlCreated = session.getCreationTime();
    }

    /** Who the certificate of the control connection speaks for, or null if the client has shown none. */
    @Nullable
    String clientSubject() {
        return client instanceof X509Certificate certificate
                ? certificate.getSubjectX500Principal().getName().replaceAll("\\p{Cntrl}", "?")
                : null;
    }

    /** Checks that a data connection belongs to this control connection, as far as the settings demand it. */
    void checkData(SSLSession session) throws NotTheClientException {
        // A resumed session has the time of the handshake that it began with. The context may know of later handshakes:
        // those of data connections that were refused here.
        if (settings.sessionReuse() == SessionReuse.REQUIRE && session.getCreationTime() != controlCreated) {
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

    /** Makes no engines any more; those that were made go on. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            ReferenceCountUtil.release(context);
        }
    }
}
