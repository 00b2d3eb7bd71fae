package dev.slipway.ftps.tls;

import dev.slipway.core.net.TlsGroups;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.internal.tcnative.SSL;
import io.netty.util.ReferenceCountUtil;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A set of TLS sessions: those of one control connection, and of the data connections that have resumed them. With
 * BoringSSL, scopes share one context, which distinguishes them by their session id contexts. With the Java runtime
 * each scope has its own context, and the time of the first handshake identifies its session.
 */
final class ResumptionScope {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int ID_BYTES = 16;

    private final ResumptionHistory history = new ResumptionHistory();
    private final CompletableFuture<Optional<String>> login = new CompletableFuture<>();
    private final byte[] id;
    private final @Nullable SslContext own;
    private volatile long created = -1;

    /** @param own the context of this scope alone, or null if scopes share one */
    ResumptionScope(@Nullable SslContext own) {
        this.own = own;
        this.id = new byte[ID_BYTES];
        RANDOM.nextBytes(id);
    }

    /** Whether a context tells scopes apart by their ids. */
    static boolean isShareable(SslContext context) {
        return context.sessionContext() instanceof OpenSslServerSessionContext;
    }

    ResumptionHistory history() {
        return history;
    }

    /** The control connection has logged in, or never will (empty). */
    void loggedIn(Optional<String> account) {
        login.complete(account);
    }

    /** Waits for the login of the control connection, and returns whether it was to this account. */
    boolean awaitLogin(String account, Duration patience) {
        try {
            return login.get(patience.toMillis(), TimeUnit.MILLISECONDS)
                    .filter(account::equals)
                    .isPresent();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        }
    }

    /** Remembers the handshake of the control connection. */
    void begun(SSLSession session) {
        created = session.getCreationTime();
    }

    /** An engine that resumes sessions of this scope, waiting for the client's hello. */
    SSLEngine engine(SslContext context) throws SSLException {
        SslContext used = own == null ? context : own;
        SSLEngine engine;
        synchronized (used) { // the engine takes its id from the context
            if (used.sessionContext() instanceof OpenSslServerSessionContext sessions) {
                sessions.setSessionIdContext(id);
            }
            engine = used.newEngine(ByteBufAllocator.DEFAULT);
        }
        if (!ConnectionTls.isNative(engine)) {
            TlsGroups.withoutCostly(engine);
        }
        try {
            engine.beginHandshake();
        } catch (SSLException | RuntimeException e) {
            ReferenceCountUtil.release(engine);
            throw e;
        }
        return engine;
    }

    /**
     * An engine that has read the client's hello and resumes a session of this scope, or null. Nothing has been sent
     * yet.
     *
     * @param hello the whole message; its position moves past what was read
     */
    @Nullable
    SSLEngine resume(SslContext context, ByteBuffer hello) throws SSLException {
        SSLEngine engine = engine(context);
        ByteBuffer unread = hello.duplicate();
        boolean resumed = false;
        try {
            ByteBuffer nothing = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            int consumed = 1;
            while (consumed > 0 && engine.getHandshakeStatus() == HandshakeStatus.NEED_UNWRAP) {
                consumed = engine.unwrap(unread, nothing).bytesConsumed();
                ConnectionTls.runTasks(engine);
            }
            resumed = hasResumed(engine);
        } catch (SSLException e) {
            // A full handshake will report the same problem.
        } finally {
            if (!resumed) {
                ReferenceCountUtil.release(engine);
            }
        }
        if (!resumed) {
            return null;
        }
        hello.position(unread.position());
        return engine;
    }

    private boolean hasResumed(SSLEngine engine) {
        if (engine instanceof ReferenceCountedOpenSslEngine boring) {
            return boring.refCnt() > 0 && SSL.isSessionReused(boring.sslPointer());
        }
        return isFirst(engine.getHandshakeSession());
    }

    /** Whether it is a session of the Java runtime that began with the control connection's handshake. */
    boolean isFirst(@Nullable SSLSession session) {
        // A resumed session has the time of its first handshake. The context may contain later handshakes, of data
        // connections that did not resume.
        return own != null && session != null && session.getCreationTime() == created;
    }
}
