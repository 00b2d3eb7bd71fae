package dev.slipway.transfer.remote;

import java.time.Duration;

/**
 * Time-outs for remotes.
 *
 * @param connect for the connection, and as long again for logging in
 * @param answer for the response to a request, and for sending a request
 * @param keepAlive interval of keep-alives; the connection is dead after three unanswered ones
 * @param kept how long a released connection is kept for reuse; zero for not at all
 */
record RemoteTimeouts(Duration connect, Duration answer, Duration keepAlive, Duration kept) {
    /** Suitable for common networks. */
    public static final RemoteTimeouts DEFAULT = new RemoteTimeouts(
            Duration.ofSeconds(30), Duration.ofMinutes(2), Duration.ofSeconds(15), Duration.ofSeconds(30));
}
