package dev.slipway.admin.api;

import java.time.Duration;

/**
 * Settings of the API.
 *
 * @param tls whether the listener itself has TLS
 * @param tlsProxy whether a TLS proxy is in front, which passes client addresses in {@code X-Forwarded-For}
 * @param loopback whether only this machine can reach the listener
 * @param heartbeat how often event streams send a sign of life and check their reader's permission
 */
public record ApiSettings(boolean tls, boolean tlsProxy, boolean loopback, Duration heartbeat) {
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
