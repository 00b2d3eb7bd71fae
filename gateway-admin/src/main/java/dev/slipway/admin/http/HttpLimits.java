package dev.slipway.admin.http;

import java.time.Duration;

/**
 * Limits on clients of the listener before they are authenticated.
 *
 * @param connections how many there may be in all; at least 1
 * @param connectionsPerAddress how many there may be of one address, or of one IPv6 network of 64 bits; at least 1
 * @param requestTime how long a request, head and body, may take to arrive, from its first byte or from the beginning
 *     of the connection
 * @param idleTime how long a connection may stay open between two requests
 * @param answerTime how long a client may read nothing of what it is sent
 */
public record HttpLimits(
        int connections, int connectionsPerAddress, Duration requestTime, Duration idleTime, Duration answerTime) {
    public static final HttpLimits DEFAULTS =
            new HttpLimits(512, 128, Duration.ofSeconds(20), Duration.ofSeconds(75), Duration.ofSeconds(30));

    public HttpLimits {
        if (connections < 1 || connectionsPerAddress < 1) {
            throw new IllegalArgumentException("a listener needs at least one connection");
        }
    }
}
