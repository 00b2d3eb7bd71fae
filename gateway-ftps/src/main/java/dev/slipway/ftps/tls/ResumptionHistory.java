package dev.slipway.ftps.tls;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/**
 * What the data connections of one control connection have revealed about the client: whether it resumes its TLS
 * session, and can continue to do so. Safe for use by several threads.
 *
 * <p>A session of TLS 1.2 can be resumed any number of times. Of TLS 1.3 many clients use each ticket once (RFC 8446
 * appendix C.4), curl among them, and a client that uploads reads no new ones. So the minimum and maximum number of
 * tickets that the client may have are counted.
 */
final class ResumptionHistory {
    /** Tickets per handshake: BoringSSL sends two, the Java runtime one. */
    private static final int TICKETS = 2;

    /** More than clients keep. */
    private static final int MOST_TICKETS = 16;

    @GuardedBy("this")
    private boolean resumed;

    @GuardedBy("this")
    private boolean reliable;

    @GuardedBy("this")
    private boolean shared;

    @GuardedBy("this")
    private boolean hasTicket = true;

    @GuardedBy("this")
    private int tickets = TICKETS;

    /**
     * Whether the client can certainly resume its session: a connection that does not resume then belongs to somebody
     * else.
     */
    synchronized boolean mustResume() {
        return resumed && !shared && (reliable || hasTicket);
    }

    /**
     * The client has resumed its session.
     *
     * @param repeatable whether it can do so any number of times
     */
    synchronized void resumed(boolean repeatable) {
        resumed = true;
        reliable |= repeatable || tickets == 0;
        tickets = Math.max(0, tickets - 1);
        hasTicket = false;
    }

    /** The client has received data, and with it new tickets, over a connection that had resumed its session. */
    synchronized void received() {
        tickets = Math.min(MOST_TICKETS, tickets + TICKETS);
        hasTicket = true;
    }

    /**
     * The client keeps the sessions of several control connections in one cache, so it is unknown which it still has.
     */
    synchronized void sharedWithOthers() {
        shared = true;
    }
}
