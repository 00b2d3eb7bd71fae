package dev.slipway.transfer.remote;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import org.apache.sshd.client.session.ClientSession;

/** A session with a remote: what all requests over it need. Safe for use by several threads. */
final class RemoteLink {
    /** How often a channel is asked for: a server may count one that has just been closed for a moment still. */
    private static final int CHANNEL_TRIES = 4;

    private static final Duration CHANNEL_PAUSE = Duration.ofMillis(200);

    private final Remote remote;
    private final ClientSession session;
    private final RemoteTimeouts timeouts;
    private final Moments moments;

    RemoteLink(Remote remote, ClientSession session, RemoteTimeouts timeouts, Moments moments) {
        this.remote = remote;
        this.session = session;
        this.timeouts = timeouts;
        this.moments = moments;
    }

    /** See {@link RequestWatch}. */
    @FunctionalInterface
    interface Moments {
        void at(String moment) throws IOException;
    }

    Remote remote() {
        return remote;
    }

    /** The remote's name. */
    String name() {
        return remote.name();
    }

    ClientSession session() {
        return session;
    }

    RemoteTimeouts timeouts() {
        return timeouts;
    }

    /** See {@link RequestWatch}. */
    void at(String moment) throws IOException {
        moments.at(moment);
    }

    /** What kind of failure an exception of the library is. */
    RemoteFailure kind(IOException e) {
        return RemoteFailures.failure(session, e);
    }

    RemoteException failure(String doing, IOException cause) {
        return RemoteFailures.of(remote.name(), doing, session, cause);
    }

    /**
     * Whether the remote answers for sure. What is sent on a lost connection fails a moment before the connection itself is
     * closed, and a silent one is closed only when that has lasted: neither means that the remote cannot do what it was
     * asked for. Blocks for its answer.
     */
    boolean isAnswering() {
        return IdleConnections.isAlive(session, timeouts.answer());
    }

    /** The same remote, over another session. */
    RemoteLink over(ClientSession other) {
        return new RemoteLink(remote, other, timeouts, moments);
    }

    /** Opens a channel. */
    interface Opening<C> {
        C open() throws IOException;
    }

    /** Opens a channel, and tries again if the server has no place for it. */
    <C> C opened(Opening<C> opening) throws IOException {
        return opened(CHANNEL_TRIES, opening);
    }

    /** As above, with a number of tries. */
    <C> C opened(int most, Opening<C> opening) throws IOException {
        for (int tries = 1; ; tries++) {
            try {
                return opening.open();
            } catch (IOException e) {
                if (tries == most || kind(e) != RemoteFailure.NO_CHANNEL) {
                    throw e;
                }
            }
            session.waitFor(EnumSet.of(ClientSession.ClientSessionEvent.CLOSED), CHANNEL_PAUSE);
        }
    }
}
