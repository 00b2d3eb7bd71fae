package dev.slipway.transfer.remote;

import java.time.Duration;

/**
 * Time-outs for remotes.
 *
 * @param connect for the connection, and as long again for logging in
 * @param answer for the answer to one request, and for a request to be sent
 * @param keepAlive how often a remote is asked whether it is there; after three questions without an answer it is not
 * @param kept how long a connection that was released is kept for whoever needs one next; zero: not at all
 */
public record RemoteTimeouts(Duration connect, Duration answer, Duration keepAlive, Duration kept) {
    /** Suitable for common networks. */
    public static final RemoteTimeouts DEFAULT = new RemoteTimeouts(
            Duration.ofSeconds(30), Duration.ofMinutes(2), Duration.ofSeconds(15), Duration.ofSeconds(30));
}
