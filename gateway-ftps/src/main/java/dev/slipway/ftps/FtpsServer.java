package dev.slipway.ftps;

import dev.slipway.core.account.Accounts;
import dev.slipway.core.vfs.FileSystems;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.apache.ftpserver.FtpServer;
import org.apache.ftpserver.FtpServerConfigurationException;
import org.apache.ftpserver.FtpServerFactory;
import org.apache.ftpserver.ftplet.FtpException;
import org.apache.ftpserver.listener.Listener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The FTP and FTPS server: explicit TLS, implicit TLS, and plain FTP where the settings allow it. An upload becomes a file
 * only on the client's own word that all of it was sent, and the reply 226 comes only after the file system has confirmed.
 * Safe for use by several threads; started at most once.
 *
 * <p>Names are UTF-8; a command that is not is refused. Names with a carriage return or a line feed cannot be expressed in
 * FTP: listings leave them out, and other protocols show them.
 */
public final class FtpsServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FtpsServer.class);
    private static final int DRAIN_SECONDS = 30;

    private final ExecutorService executor = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("ftp-session-", 0).factory());
    private final @Nullable ControlListener explicit;
    private final @Nullable ControlListener implicit;
    private final FtpServer server;

    /**
     * Makes a server that does not listen yet.
     *
     * @param tls asked anew for each control connection, so that new sessions take up changed certificates; the data
     *     connections of a session use the context of its control connection, which is what TLS session resumption needs
     */
    public FtpsServer(FtpsSettings settings, Accounts accounts, FileSystems fileSystems, Supplier<SSLContext> tls) {
        Environment environment = new Environment(
                settings,
                accounts,
                fileSystems,
                tls,
                new PassivePorts(settings),
                new BufferPool(),
                this::execute,
                new Semaphore(settings.maxSessions()));
        this.explicit = settings.explicitPort().isPresent()
                ? new ControlListener(environment, settings.explicitPort().getAsInt(), false)
                : null;
        this.implicit = settings.implicitPort().isPresent()
                ? new ControlListener(environment, settings.implicitPort().getAsInt(), true)
                : null;
        FtpServerFactory factory = new FtpServerFactory();
        Map<String, Listener> listeners = new LinkedHashMap<>();
        if (explicit != null) {
            listeners.put("explicit", explicit);
        }
        if (implicit != null) {
            listeners.put("implicit", implicit);
        }
        factory.setListeners(listeners);
        factory.setCommandFactory(CommandTable.create());
        this.server = factory.createServer();
    }

    /**
     * Binds all ports; when this returns, clients can connect.
     *
     * @throws IOException if a port cannot be bound; then none is
     */
    public void start() throws IOException {
        try {
            server.start();
        } catch (FtpException | FtpServerConfigurationException e) {
            close();
            throw new IOException(e.getMessage(), e);
        }
    }

    private void execute(Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            // the server was closed; what is left to do is to close things
            Thread.startVirtualThread(task);
        }
    }

    /** The port for explicit TLS and plain FTP, once started; empty if the settings have none. */
    public OptionalInt explicitPort() {
        return explicit == null ? OptionalInt.empty() : OptionalInt.of(explicit.getPort());
    }

    /** The port for implicit TLS, once started; empty if the settings have none. */
    public OptionalInt implicitPort() {
        return implicit == null ? OptionalInt.empty() : OptionalInt.of(implicit.getPort());
    }

    /**
     * Closes all ports and sessions. Transfers are aborted, except for uploads that are being committed already. Blocks
     * until all have ended, at most 30 s.
     */
    @Override
    public void close() {
        server.stop();
        executor.shutdown();
        try {
            if (!executor.awaitTermination(DRAIN_SECONDS, TimeUnit.SECONDS)) {
                log.warn("FTP sessions were still busy {} s after the server was closed", DRAIN_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
