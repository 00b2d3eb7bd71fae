package dev.slipway.sftp;

import dev.slipway.core.account.Accounts;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.net.ConnectionAdmission;
import dev.slipway.core.net.ProxyProtocol;
import dev.slipway.core.operator.OperatorShell;
import dev.slipway.core.vfs.FileSystems;
import dev.slipway.sftp.auth.Authentication;
import dev.slipway.sftp.auth.PublicKeyAuthentication;
import dev.slipway.sftp.subsystem.SftpChannel;
import dev.slipway.sftp.transport.Algorithms;
import dev.slipway.sftp.transport.Connections;
import dev.slipway.sftp.transport.GatewayChannel;
import dev.slipway.sftp.transport.GatewaySession;
import dev.slipway.sftp.transport.HostKeys;
import dev.slipway.sftp.transport.KeyExchanges;
import dev.slipway.sftp.transport.OpenHandles;
import dev.slipway.sftp.transport.OutputMemory;
import dev.slipway.sftp.transport.PacketSession;
import dev.slipway.sftp.transport.SshListener;
import dev.slipway.sftp.transport.WindowMemory;
import io.netty.channel.MultithreadEventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.sshd.common.channel.RequestHandler;
import org.apache.sshd.common.compression.BuiltinCompressions;
import org.apache.sshd.common.global.KeepAliveHandler;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.ServerBuilder;
import org.apache.sshd.server.auth.keyboard.UserAuthKeyboardInteractiveFactory;
import org.apache.sshd.server.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.server.forward.RejectAllForwardingFilter;
import org.apache.sshd.server.global.NoMoreSessionsHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The SSH listener: SFTP, SCP and checksums on the accounts' file systems, and the gateway's own shell for
 * administrators. No forwarding.
 */
public final class SftpServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SftpServer.class);

    /**
     * Maximum heap of a connection that is not logged in, in bytes: a packet, the input held after it, unread answers,
     * and some 60 KiB for itself.
     */
    public static final long UNAUTHENTICATED_BYTES =
            2 * PacketSession.LARGEST_PACKET + GatewaySession.LIMIT_BEFORE_LOGIN + (64 << 10);

    /** How long {@link #close} waits for commits in progress. */
    private static final Duration COMMITS = Duration.ofSeconds(60);

    private static final long DRAIN_CHECK_MILLIS = 100;

    /** How long clients may take to log in and open a channel once the server drains. */
    private static final Duration START_WHILE_DRAINING = Duration.ofSeconds(5);

    private final SftpSettings settings;
    private final Supplier<List<KeyPair>> hostKeys;
    private final ExecutorService executor = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("sftp-", 0).factory());
    private final Connections connections;
    private final WindowMemory windowMemory;
    private final KeyExchanges keyExchanges;
    private final OpenHandles handles;
    private final OutputMemory outputMemory;
    private final SshListener server;
    private @Nullable MultithreadEventLoopGroup eventLoops;

    /** @param hostKeys called for each connection, so that new ones use changed keys; must return at least one */
    public SftpServer(
            SftpSettings settings,
            Accounts accounts,
            Sessions sessions,
            FileSystems fileSystems,
            Supplier<List<KeyPair>> hostKeys) {
        this(settings, accounts, sessions, fileSystems, hostKeys, () -> CertificateTrust.NONE);
    }

    /**
     * As above, for accounts that log in with certificates, too.
     *
     * @param trust called at each login with a public key or certificate; must not block
     */
    public SftpServer(
            SftpSettings settings,
            Accounts accounts,
            Sessions sessions,
            FileSystems fileSystems,
            Supplier<List<KeyPair>> hostKeys,
            Supplier<CertificateTrust> trust) {
        this(settings, ProxyProtocol.OFF, accounts, sessions, fileSystems, hostKeys, trust, null);
    }

    /**
     * As above, behind load balancers and with a shell for administrators.
     *
     * @param proxies networks whose connections begin with a header that carries the client's address
     * @param operators null for none
     */
    public SftpServer(
            SftpSettings settings,
            ProxyProtocol proxies,
            Accounts accounts,
            Sessions sessions,
            FileSystems fileSystems,
            Supplier<List<KeyPair>> hostKeys,
            Supplier<CertificateTrust> trust,
            @Nullable OperatorShell operators) {
        if (!settings.port().isOn()) {
            throw new IllegalArgumentException("sftp.port is off");
        }
        SftpMemory memory = SftpMemory.of(settings, Runtime.getRuntime().maxMemory());
        this.settings = settings;
        this.hostKeys = hostKeys;
        this.windowMemory = new WindowMemory(memory.windows());
        this.handles = new OpenHandles(settings.maxTotalOpenHandles());
        this.outputMemory = new OutputMemory(Runtime.getRuntime().maxMemory(), SftpChannel.MAX_PACKET);
        this.connections = new Connections(memory.connections(), proxies, sessions, executor);
        this.keyExchanges = new KeyExchanges(settings.maxKeyExchanges(), settings.maxKeyExchangesPerAddress());
        this.server = build(new Authentication(accounts, trust), new ChannelCommands(fileSystems, operators, executor));
    }

    private SshListener build(Authentication authentication, ChannelCommands commands) {
        Algorithms algorithms = (settings.legacyAlgorithms() ? Algorithms.WITH_LEGACY : Algorithms.MODERN)
                .with(settings.extraKeyExchanges());
        SshListener result = (SshListener) ServerBuilder.builder()
                .factory(SshListener::new)
                .keyExchangeFactories(algorithms.keyExchanges())
                .cipherFactories(algorithms.ciphers())
                .macFactories(algorithms.macs())
                .signatureFactories(algorithms.signatures())
                .compressionFactories(List.of(BuiltinCompressions.none))
                .channelFactories(List.of(new GatewayChannel.Factory(windowMemory)))
                .globalRequestHandlers(
                        List.of(KeepAliveHandler.INSTANCE, NoMoreSessionsHandler.INSTANCE, SftpServer::refuse))
                .forwardingFilter(RejectAllForwardingFilter.INSTANCE)
                .publickeyAuthenticator(authentication)
                .interactiveAuthenticator(authentication)
                .build();
        result.setPasswordAuthenticator(authentication);
        result.setHostBasedAuthenticator(null);
        result.setGSSAuthenticator(null);
        result.setShellFactory(commands.shell());
        result.setKeyPairProvider(new HostKeys(hostKeys));
        result.setSubsystemFactories(List.of(commands));
        result.setCommandFactory(commands::command);
        result.setUserAuthFactories(List.of(
                new PublicKeyAuthentication(algorithms, authentication),
                UserAuthKeyboardInteractiveFactory.INSTANCE,
                UserAuthPasswordFactory.INSTANCE));
        result.setSessionFactory(GatewaySession.factory(
                result, new GatewaySession.Environment(settings, keyExchanges, executor, handles, outputMemory)));
        result.addSessionListener(connections);
        result.setServerProxyAcceptor(connections);
        result.setHost(settings.bind());
        result.setPort(settings.port().number());
        CoreModuleProperties.SERVER_IDENTIFICATION.set(result, "Slipway");
        // A reply that follows a window adjustment would wait for that to be acknowledged.
        CoreModuleProperties.TCP_NODELAY.set(result, true);
        CoreModuleProperties.IDLE_TIMEOUT.set(result, settings.idleTimeout());
        CoreModuleProperties.AUTH_TIMEOUT.set(result, settings.authenticationTimeout());
        CoreModuleProperties.MAX_AUTH_REQUESTS.set(result, settings.maxAuthenticationTries());
        // The idle timeout handles clients that stop reading.
        CoreModuleProperties.WAIT_FOR_SPACE_TIMEOUT.set(result, Duration.ofDays(1));
        // How long a command may continue after the client has closed its channel.
        CoreModuleProperties.COMMAND_EXIT_TIMEOUT.set(result, Duration.ofSeconds(1));
        return result;
    }

    /** The library logs a warning for each unhandled request. */
    private static RequestHandler.Result refuse(
            ConnectionService connection, String request, boolean wantReply, Buffer fields) {
        return RequestHandler.Result.ReplyFailure;
    }

    /**
     * Starts to listen. To be called once.
     *
     * @throws IOException if the address is not available, or there is no host key
     */
    public void start() throws IOException {
        if (hostKeys.get().isEmpty()) {
            throw new IOException("The SFTP listener cannot start without a host key.");
        }
        // Netty's default is twice the number of processors: with many small requests the threads wake up far more
        // often.
        MultithreadEventLoopGroup group = new NioEventLoopGroup(
                Math.max(1, Runtime.getRuntime().availableProcessors() / 2), new DefaultThreadFactory("sftp-io", true));
        eventLoops = group;
        server.useThreads(group);
        try {
            server.start();
        } catch (IOException e) {
            close();
            throw new IOException(
                    "The SFTP listener cannot listen on " + settings.bind() + " port " + settings.port() + ": "
                            + e.getMessage(),
                    e);
        }
        log.info("SFTP listens on {} port {}", settings.bind(), port());
    }

    /** The listening port, once started. */
    public int port() {
        return server.getPort();
    }

    /** How many files and directories all sessions together have open. */
    public int openHandles() {
        return handles.count();
    }

    /** How many connections there are, logged in or not. */
    int connections() {
        return connections.count();
    }

    /** How many key exchanges are waiting or being computed now. */
    public int keyExchanges() {
        return keyExchanges.count();
    }

    /** How many key exchanges were refused since the start, because too many were in progress. */
    public long refusedKeyExchanges() {
        return keyExchanges.refused();
    }

    /** Decides which connections are admitted. */
    public ConnectionAdmission admission() {
        return connections.admission();
    }

    /** The memory for data that clients send ahead. */
    WindowMemory windowMemory() {
        return windowMemory;
    }

    /**
     * Closes the listener, and disconnects each session as soon as it is idle and has no file open. A client that has
     * just connected has 5 s to begin: most clients give up when their login fails. Blocks until all have ended, or
     * until the limit. {@link #close} ends the others.
     *
     * @return whether all have ended
     */
    public boolean drain(Duration limit) throws InterruptedException {
        server.stopAccepting();
        long start = System.nanoTime();
        long end = start + limit.toNanos();
        do {
            boolean mayStillStart = System.nanoTime() - start < START_WHILE_DRAINING.toNanos();
            if (mayStillStart ? connections.drainStarted() : connections.drain()) {
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(DRAIN_CHECK_MILLIS);
        } while (System.nanoTime() - end < 0);
        return false;
    }

    /**
     * Closes the listener and all sessions; open uploads are interrupted or aborted. Blocks until commits in progress
     * have ended, for at most a minute.
     */
    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            log.warn("The SFTP listener did not close cleanly", e);
        }
        // Before the executor, to which they pass the rest of each session.
        MultithreadEventLoopGroup group = eventLoops;
        if (group != null
                && !group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS)) {
            log.warn("The SFTP I/O threads did not stop in time");
        }
        keyExchanges.close();
        executor.shutdown();
        try {
            if (!executor.awaitTermination(COMMITS.toSeconds(), TimeUnit.SECONDS)) {
                log.warn("SFTP commits were still in progress after {} s", COMMITS.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
