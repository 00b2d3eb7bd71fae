package dev.slipway.ftps.tls;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.ftps.FtpsSettings;
import dev.slipway.ftps.SessionReuse;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS of one control connection, and of its data connections. Engines may hold native memory: their users call {@link
 * #release} after the last use. A released engine behaves as if the peer had closed the connection; call {@link
 * #retain} before using an engine that another user may release.
 */
public final class ConnectionTls implements AutoCloseable {
    /** Creates contexts that share nothing. */
    @FunctionalInterface
    interface Contexts {
        SslContext create() throws SSLException;
    }

    /** How long a data connection waits for another control connection to log in. */
    private static final Duration LOGIN = Duration.ofSeconds(3);

    private final FtpsSettings settings;
    private final Contexts contexts;
    private final SslContext context;
    private final ResumptionScopes scopes;
    private final InetAddress address;
    private final ResumptionScope scope;

    @GuardedBy("this")
    private boolean closed;

    @GuardedBy("this")
    private @Nullable String account;

    private volatile @Nullable Certificate client;

    /**
     * @param context a reference to it becomes this object's
     * @param address where the client is
     */
    ConnectionTls(
            FtpsSettings settings,
            Contexts contexts,
            SslContext context,
            ResumptionScopes scopes,
            InetAddress address) {
        this.settings = settings;
        this.contexts = contexts;
        this.context = context;
        this.scopes = scopes;
        this.address = address;
        this.scope = new ResumptionScope(ResumptionScope.isShareable(context) ? null : context);
    }

    /**
     * A data connection has not proven that it belongs to the client, as the settings require. The message is for the
     * client.
     */
    public static final class NotTheClientException extends SSLException {
        private static final long serialVersionUID = 1L;

        NotTheClientException(String message) {
            super(message);
        }
    }

    /**
     * An engine for a data connection.
     *
     * @param resumed whether it certainly resumes a session of the client
     */
    public record DataEngine(SSLEngine engine, boolean resumed) {}

    /** An engine for the control connection, waiting for the client's hello. */
    public SSLEngine controlEngine() throws SSLException {
        retainContext();
        try {
            return scope.engine(context);
        } finally {
            ReferenceCountUtil.release(context);
        }
    }

    /**
     * An engine for a data connection. Blocks for a few seconds if the session belongs to another control connection
     * that is logging in.
     *
     * @param received begins with the client's hello; its position moves past what the engine has read
     */
    public DataEngine dataEngine(ClientHello hello, ByteBuffer received) throws SSLException {
        retainContext();
        try {
            if (settings.sessionReuse() == SessionReuse.OFF) {
                return new DataEngine(unsharedEngine(), false);
            }
            if (hello.offersSession()) {
                SSLEngine resuming = scope.resume(context, received);
                if (resuming == null && settings.sessionReuse() == SessionReuse.ADAPTIVE) {
                    resuming = resumeOther(received);
                }
                if (resuming != null) {
                    return new DataEngine(resuming, true);
                }
            }
            // With BoringSSL, the session that starts now must not be resumable: it could not be told from the client's
            // own session. With the Java runtime it can.
            SSLEngine fresh = ResumptionScope.isShareable(context) ? unsharedEngine() : scope.engine(context);
            return new DataEngine(fresh, false);
        } finally {
            ReferenceCountUtil.release(context);
        }
    }

    /** Resumes a session of another control connection that has logged in to the same account, or is about to. */
    private @Nullable SSLEngine resumeOther(ByteBuffer received) throws SSLException {
        String mine = account();
        if (mine == null) {
            return null;
        }
        List<ResumptionScope> loggingIn = scopes.loggingIn(address); // first: one may be logged in by the next line
        for (ResumptionScope other : scopes.of(mine)) {
            SSLEngine engine = other.equals(scope) ? null : other.resume(context, received);
            if (engine != null) {
                return shared(other, engine);
            }
        }
        if (!isResumptionRequired()) {
            return null;
        }
        for (ResumptionScope other : loggingIn) {
            ByteBuffer unread = received.duplicate();
            SSLEngine engine = other.resume(context, unread);
            if (engine != null && other.awaitLogin(mine, LOGIN)) {
                received.position(unread.position());
                return shared(other, engine);
            }
            if (engine != null) {
                release(engine);
                return null;
            }
        }
        return null;
    }

    private SSLEngine shared(ResumptionScope other, SSLEngine engine) {
        other.history().sharedWithOthers();
        scope.history().sharedWithOthers();
        return engine;
    }

    private synchronized @Nullable String account() {
        return account;
    }

    private SSLEngine unsharedEngine() throws SSLException {
        if (ResumptionScope.isShareable(context)) {
            return new ResumptionScope(null).engine(context);
        }
        SslContext own = contexts.create();
        try {
            return new ResumptionScope(own).engine(own);
        } finally {
            ReferenceCountUtil.release(own); // the engine has its own reference
        }
    }

    private synchronized void retainContext() throws SSLException {
        if (closed) {
            throw new SSLException("the control connection has ended");
        }
        ReferenceCountUtil.retain(context);
    }

    /**
     * Defers the release of an engine until {@link #release} is called once more.
     *
     * @throws SSLException if it was already released
     */
    public static void retain(SSLEngine engine) throws SSLException {
        try {
            ReferenceCountUtil.retain(engine);
        } catch (IllegalReferenceCountException e) {
            throw new SSLException("the connection was closed", e);
        }
    }

    /** Frees the engine's resources, unless it is retained. */
    public static void release(SSLEngine engine) {
        ReferenceCountUtil.release(engine);
    }

    /** Whether records are best read and written in direct buffers. */
    public static boolean isNative(SSLEngine engine) {
        return engine instanceof ReferenceCountedOpenSslEngine;
    }

    /** Remembers the session of the control connection. */
    public void controlEstablished(SSLSession session) {
        client = certificate(session);
        scope.begun(session);
        synchronized (this) {
            if (!closed) {
                scopes.begun(address, scope);
            }
        }
    }

    /**
     * The client has logged in. Other connections that log in to the same account can prove by their sessions that they
     * are the same client.
     */
    public synchronized void loggedIn(String name) {
        loggedOut();
        if (!closed) {
            account = name;
            scopes.loggedIn(address, scope, name);
            scope.loggedIn(Optional.of(name));
        }
    }

    public synchronized void loggedOut() {
        if (account != null) {
            scopes.loggedOut(account);
            account = null;
        }
    }

    /** The subject of the control connection's client certificate, or null if there is none. */
    public @Nullable String clientSubject() {
        return client instanceof X509Certificate certificate
                ? certificate.getSubjectX500Principal().getName().replaceAll("\\p{Cntrl}", "?")
                : null;
    }

    /**
     * Checks that a data connection belongs to this control connection, as far as the settings require.
     *
     * @return whether it has resumed a session of the client
     */
    public boolean checkData(SSLSession session, boolean resumed) throws NotTheClientException {
        boolean proven = resumed || scope.isFirst(session);
        if (!proven && isResumptionRequired()) {
            throw new NotTheClientException(
                    "The data connection must reuse the TLS session of the control connection; enable TLS session"
                            + " reuse in the client.");
        }
        Certificate expected = client;
        if (expected != null && !expected.equals(certificate(session))) {
            throw new NotTheClientException(
                    "The data connection must present the same client certificate as the control connection.");
        }
        if (proven) {
            scope.history().resumed(!session.getProtocol().equals("TLSv1.3"));
        }
        return proven;
    }

    private boolean isResumptionRequired() {
        return switch (settings.sessionReuse()) {
            case OFF -> false;
            case ADAPTIVE -> scope.history().mustResume();
            case REQUIRE -> true;
        };
    }

    /** The client has received everything sent over a data connection that had resumed its session. */
    public void delivered() {
        scope.history().received();
    }

    private static @Nullable Certificate certificate(SSLSession session) {
        try {
            return session.getPeerCertificates()[0];
        } catch (SSLPeerUnverifiedException e) {
            return null;
        }
    }

    public static void runTasks(SSLEngine engine) {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }

    /** Stops creating engines; existing ones continue. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            loggedOut();
            scopes.forget(address, scope);
            scope.loggedIn(Optional.empty());
            ReferenceCountUtil.release(context);
        }
    }
}
