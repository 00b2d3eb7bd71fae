package dev.slipway.sftp;

import dev.slipway.core.account.Network;
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
 * One SSH connection. It ends when its client asks and asks and does not read the answers: the library queues what it
 * writes without a limit, for the network and, while keys are exchanged, for the time thereafter. It also ends when it
 * is not logged in by the deadline, whatever it does meanwhile.
 *
 * <p>Where the offer of algorithms depends on what the client prefers, it is made when that is known, a round trip later
 * than others.
 */
final class GatewaySession extends PacketSession {
    /**
     * What may be on its way to a client, other than the data of channels, which {@link PendingWrites} bounds: nearly a
     * thousand small answers, which no client lets pile up that reads at all.
     */
    static final long LIMIT = 512 << 10;

    /** What a queued packet costs beside its bytes. */
    private static final int PACKET_OVERHEAD = 512;

    /** How long we wait for what a client prefers: longer than most round trips. Then it gets the whole offer. */
    private static final long WISH_MILLIS = 1000;

    /** What may be on its way to a client that has not logged in. */
    static final long LIMIT_BEFORE_LOGIN = 64 << 10;

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

    /** What the sessions of a listener share. */
    record Environment(
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

    /** The end of the wait for the client's wish. For the thread that decodes. */
    private @Nullable Future<?> patience;

    /** When the client may change the keys again, by {@link System#nanoTime}. For the thread that decodes. */
    private long nextKeyExchange;

    private GatewaySession(ServerFactoryManager server, IoSession connection, Environment environment)
            throws Exception {
        // It may write, and is known to listeners, before it is made.
        pending = new AtomicLong();
        offer = new AtomicReference<>(Offer.NOT_ASKED_FOR);
        this.environment = environment;
        sessionState = new SessionState(environment.settings(), environment.handles(), environment.outputMemory());
        nextKeyExchange = System.nanoTime();
        super(server, connection);
    }

    /** Makes such sessions. */
    static SessionFactory factory(ServerFactoryManager server, Environment environment) {
        return new SessionFactory(server) {
            @Override
            protected ServerSessionImpl doCreateSession(IoSession connection) throws Exception {
                return new GatewaySession(getServer(), connection, environment);
            }
        };
    }

    /** What we keep for it, as long as anybody knows it. */
    SessionState sessionState() {
        return sessionState;
    }

    /** Key exchanges and the checks of logins: they take long, and the I/O threads are there for all sessions. */
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
        // Whoever is logged in takes turns with others, wherever they are from.
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

    /** How long the client has to wait, if it changes keys too often. In ns. */
    private long untilNextKeyExchange() {
        long now = System.nanoTime();
        long wait = Math.max(0, nextKeyExchange - now);
        // The first one belongs to the login, and no client can wait for the second one's interval.
        nextKeyExchange = initialKexDone
                ? now + wait + environment.settings().rekeyInterval().toNanos()
                : now;
        return wait;
    }

    /** Called when the client has said its version, and when keys are exchanged anew. */
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

    /** To one that waits for ours itself, or is far away. What comes from it meanwhile is to find the offer made. */
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

    /** A client that resets its connection is not worth the warning that the library would log. */
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

    /** Counts from the connection's beginning: the library begins anew each time that a client asks for the service. */
    @Override
    public Instant resetAuthTimeout() {
        return getAuthTimeoutStart();
    }
}
