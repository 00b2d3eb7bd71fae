package dev.slipway.admin.api;

import java.time.Duration;

/**
 * How the API is served.
 *
 * @param tls whether the listener itself has TLS
 * @param tlsProxy whether a proxy with TLS is before it, which says in {@code X-Forwarded-For} who its clients are
 * @param loopback whether nobody but this machine reaches the listener
 * @param heartbeat how often streams of events show that they are alive, and look whether their reader still may read
 */
public record ApiSettings(boolean tls, boolean tlsProxy, boolean loopback, Duration heartbeat) {
    /** With a heartbeat each 15 s. */
    public static ApiSettings of(boolean tls, boolean tlsProxy, boolean loopback) {
        return new ApiSettings(tls, tlsProxy, loopback, Duration.ofSeconds(15));
    }

    /** Whether what is secret stays so on its way here. */
    boolean isSafe() {
        return tls || tlsProxy || loopback;
    }

    /** Whether browsers reach it by {@code https} only. */
    boolean isHttps() {
        return tls || tlsProxy;
    }
}
