package dev.slipway.admin.api;

import java.time.Duration;

/**
 * Settings of the API.
 *
 * @param tls whether the listener itself has TLS
 * @param tlsProxy whether a TLS proxy is in front, which passes client addresses in {@code X-Forwarded-For}
 * @param loopback whether only this machine can reach the listener
 * @param heartbeat how often event streams send a sign of life and check their reader's permission
 * @param streams the most streams of the overview
 * @param streamsOfCaller the most that one account or token has
 */
public record ApiSettings(
        boolean tls, boolean tlsProxy, boolean loopback, Duration heartbeat, int streams, int streamsOfCaller) {
    private static final int STREAMS = 256;
    private static final int STREAMS_OF_CALLER = 16;

    /** With the usual limits on streams. */
    public ApiSettings(boolean tls, boolean tlsProxy, boolean loopback, Duration heartbeat) {
        this(tls, tlsProxy, loopback, heartbeat, STREAMS, STREAMS_OF_CALLER);
    }

    /** With a heartbeat each 15 s. */
    public static ApiSettings of(boolean tls, boolean tlsProxy, boolean loopback) {
        return new ApiSettings(tls, tlsProxy, loopback, Duration.ofSeconds(15));
    }

    /** Whether secrets are protected in transit. */
    boolean isSafe() {
        return tls || tlsProxy || loopback;
    }

    /** Whether browsers reach it over {@code https} only. */
    boolean isHttps() {
        return tls || tlsProxy;
    }
}
