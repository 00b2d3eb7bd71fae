package dev.slipway.ftps;

/**
 * What the data connections of one control connection have shown about the client: whether it resumes its TLS session, and
 * can go on doing so. Safe for use by several threads.
 *
 * <p>A session of TLS 1.2 can be resumed any number of times. Of TLS 1.3 many clients use each ticket once (RFC 8446
 * appendix C.4), curl among them, and a client that uploads reads no new ones. So it is counted how many tickets the client
 * has at least, and at most.
 */
final class ResumptionHistory {
    /** What a handshake brings: BoringSSL sends two tickets, the Java runtime one. */
    private static final int TICKETS = 2;

    /** More than clients keep. */
    private static final int MOST_TICKETS = 16;

    private boolean resumed;
    private boolean reliable;
    private boolean shared;
    private boolean hasTicket = true;
    private int tickets = TICKETS;

    /** Whether the client can resume its session: who does not is somebody else. */
    synchronized boolean mustResume() {
        return resumed && !shared && (reliable || hasTicket);
    }

    /**
     * The client has resumed its session.
     *
     * @param repeatable whether it can do so any number of times with what it has
     */
    synchronized void resumed(boolean repeatable) {
        resumed = true;
        reliable |= repeatable || tickets == 0;
        tickets = Math.max(0, tickets - 1);
        hasTicket = false;
    }

    /** The client has received data by a connection that had resumed its session, and with it new tickets. */
    synchronized void received() {
        tickets = Math.min(MOST_TICKETS, tickets + TICKETS);
        hasTicket = true;
    }

    /** The client keeps the sessions of several control connections in one place: nobody can tell which it has left. */
    synchronized void sharedWithOthers() {
        shared = true;
    }
}
