package dev.slipway.sftp.transport;

import dev.slipway.core.account.Network;
import dev.slipway.sftp.SftpSettings;
import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.kex.KexProposalOption;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.ServerFactoryManager;
import org.apache.sshd.server.session.ServerSessionImpl;
import org.apache.sshd.server.session.SessionFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One SSH connection. It is closed if its client keeps sending requests without reading the answers: the library queues
 * output without a limit, for the network and, during a key exchange, for the time after it. It is also closed if it
 * has not logged in by the deadline.
 *
 * <p>If the offer of algorithms depends on the client's preference, it is sent once that is known, one round trip
 * later.
 */
public final class GatewaySession extends PacketSession {
    /**
     * Maximum of queued output other than channel data, which {@link PendingWrites} bounds: nearly a thousand small
     * answers, which accumulate for no client that reads at all.
     */
    public static final long LIMIT = 512 << 10;

    /** Memory of a queued packet in addition to its bytes. */
    private static final int PACKET_OVERHEAD = 512;

    /**
     * How long to wait for the client's preference: longer than most round trips. After that it gets the whole offer.
     */
    private static final long WISH_MILLIS = 1000;

    /** Maximum of queued output for a client that has not logged in. */
    public static final long LIMIT_BEFORE_LOGIN = 64 << 10;

    // RFC 4250 section 4.1.2
    private static final int FIRST_OF_KEY_EXCHANGE = 30;
    private static final int LAST_OF_KEY_EXCHANGE = 49;
    private static final int FIRST_OF_AUTHENTICATION = 50;
    private static final int LAST_OF_AUTHENTICATION = 79;

    private enum Offer {
        NOT_ASKED_FOR,
        WAITS_FOR_WISH,
        MADE
    }

    /** State shared by the sessions of a listener. */
    public record Environment(
            SftpSettings settings,
            KeyExchanges keyExchanges,
            Executor executor,
            OpenHandles handles,
            OutputMemory outputMemory) {}

    private static final Logger log = LoggerFactory.getLogger(GatewaySession.class);

    /** In bytes. */
    private final AtomicLong pending;

    private final AtomicReference<Offer> offer;

    private final Environment environment;
    private final SessionState sessionState;

    /** The end of the wait for the client's proposal. For the decoding thread. */
    private @Nullable Future<?> patience;

    /** When the client may change the keys again, by {@link System#nanoTime}. For the thread that decodes. */
    private long nextKeyExchange;

    private GatewaySession(ServerFactoryManager server, IoSession connection, Environment environment)
            throws Exception {
        // The superclass may write, and calls listeners, before this object is constructed.
        pending = new AtomicLong();
        offer = new AtomicReference<>(Offer.NOT_ASKED_FOR);
        this.environment = environment;
        sessionState = new SessionState(environment.settings(), environment.handles(), environment.outputMemory());
        nextKeyExchange = System.nanoTime();
        super(server, connection);
    }

    /** Makes such sessions. */
    public static SessionFactory factory(ServerFactoryManager server, Environment environment) {
        return new SessionFactory(server) {
            @Override
            protected ServerSessionImpl doCreateSession(IoSession connection) throws Exception {
                return new GatewaySession(getServer(), connection, environment);
            }
        };
    }

    /** Its state, as long as the session is referenced. */
    SessionState sessionState() {
        return sessionState;
    }

    /** Key exchanges and login checks: they take long, and the I/O threads serve all sessions. */
    @Override
    boolean takesLong(int command) {
        return isKeyExchange(command)
                || (!isAuthenticated() && command >= FIRST_OF_AUTHENTICATION && command <= LAST_OF_AUTHENTICATION);
    }

    private static boolean isKeyExchange(int command) {
        return command == SshConstants.SSH_MSG_KEXINIT
                || (command >= FIRST_OF_KEY_EXCHANGE && command <= LAST_OF_KEY_EXCHANGE);
    }

    @Override
    void handOver(int command, Runnable handling) {
        if (!isKeyExchange(command)) {
            environment.executor().execute(handling);
            return;
        }
        long wait = command == SshConstants.SSH_MSG_KEXINIT ? untilNextKeyExchange() : 0;
        if (wait > 0) {
            var _ = getFactoryManager()
                    .getScheduledExecutorService()
                    .schedule(() -> exchangeKeys(command, handling), wait, TimeUnit.NANOSECONDS);
        } else {
            exchangeKeys(command, handling);
        }
    }

    private void exchangeKeys(int command, Runnable handling) {
        // Logged-in sessions take turns with each other, whatever their address.
        Object party = isAuthenticated() ? getUsername() : Network.ofClient(Connections.client(this));
        if (isAuthenticated() || command != SshConstants.SSH_MSG_KEXINIT) {
            environment.keyExchanges().submitAlways(party, handling);
        } else if (!environment.keyExchanges().submit(party, handling)) {
            ignoreInput();
            try {
                disconnect(
                        SshConstants.SSH2_DISCONNECT_TOO_MANY_CONNECTIONS, "Too many key exchanges; try again later.");
            } catch (IOException e) {
                close(true);
            }
        }
    }

    /** How long the client has to wait if it changes keys too often, in ns. */
    private long untilNextKeyExchange() {
        long now = System.nanoTime();
        long wait = Math.max(0, nextKeyExchange - now);
        // The first one belongs to the login, and clients cannot wait for the interval before the second one.
        nextKeyExchange = initialKexDone
                ? now + wait + environment.settings().rekeyInterval().toNanos()
                : now;
        return wait;
    }

    /** Called when the client has sent its version, and at each rekeying. */
    @Override
    protected byte[] sendKexInit() throws Exception {
        if (offer.compareAndSet(Offer.NOT_ASKED_FOR, Offer.WAITS_FOR_WISH)) {
            if (CipherOffer.dependsOnWishOf(getClientVersion())) {
                patience = getFactoryManager()
                        .getScheduledExecutorService()
                        .schedule(this::stopWaiting, WISH_MILLIS, TimeUnit.MILLISECONDS);
                return new byte[0];
            }
            offer.set(Offer.MADE);
        }
        return super.sendKexInit();
    }

    @Override
    protected byte[] receiveKexInit(Buffer buffer) throws Exception {
        byte[] seed = super.receiveKexInit(buffer);
        if (patience != null) {
            patience.cancel(false);
            patience = null;
        }
        makeOffer();
        return seed;
    }

    private void makeOffer() throws Exception {
        if (offer.compareAndSet(Offer.WAITS_FOR_WISH, Offer.MADE)) {
            super.sendKexInit();
        }
    }

    /** For clients that wait for our offer, or are far away. Their next messages must find the offer made. */
    private void stopWaiting() {
        decodeLock.lock();
        try {
            if (!isClosing()) {
                makeOffer();
            }
        } catch (Exception e) {
            exceptionCaught(e);
        } finally {
            decodeLock.unlock();
        }
    }

    /** A client that resets its connection is not worth the library's warning. */
    @Override
    public void exceptionCaught(Throwable failure) {
        if (!isDisconnect(failure)) {
            super.exceptionCaught(failure);
            return;
        }
        log.debug("{}: the connection broke: {}", this, failure.toString());
        signalExceptionCaught(failure);
        close(true);
    }

    private static boolean isDisconnect(Throwable failure) {
        return failure instanceof SocketException
                || failure instanceof ClosedChannelException
                || failure.getClass() == IOException.class; // from the system: "Broken pipe"
    }

    @Override
    protected Map<KexProposalOption, String> createProposal(String hostKeyTypes) throws IOException {
        Map<KexProposalOption, String> proposal = super.createProposal(hostKeyTypes);
        CipherOffer.narrow(proposal, getClientKexProposals());
        return proposal;
    }

    @Override
    public IoWriteFuture writePacket(Buffer packet) throws IOException {
        if (isData(packet)) {
            return super.writePacket(packet);
        }
        long cost = (long) packet.available() + PACKET_OVERHEAD;
        if (pending.addAndGet(cost) > (isAuthenticated() ? LIMIT : LIMIT_BEFORE_LOGIN)) {
            pending.addAndGet(-cost);
            if (!isClosing()) {
                log.warn("{} was disconnected: it does not read the answers to its requests", this);
                close(true);
            }
            throw new IOException("the client does not read the answers to its requests");
        }
        IoWriteFuture written;
        try {
            written = super.writePacket(packet);
        } catch (IOException | RuntimeException e) {
            pending.addAndGet(-cost);
            throw e;
        }
        written.addListener(_ -> pending.addAndGet(-cost));
        return written;
    }

    private static boolean isData(Buffer packet) {
        int command = commandOf(packet);
        return command == SshConstants.SSH_MSG_CHANNEL_DATA || command == SshConstants.SSH_MSG_CHANNEL_EXTENDED_DATA;
    }

    /** Counts from the connection's start: the library starts over each time the client requests the service. */
    @Override
    public Instant resetAuthTimeout() {
        return getAuthTimeoutStart();
    }
}
