package dev.slipway.transfer.push;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.transfer.remote.Remote;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * Remembers which remotes cannot reach a store, so that not every push has to wait for a connection time-out. Valid for
 * the remote's current configuration, one address of the store, and a limited time. Each gateway has its own. Safe for
 * use by several threads.
 */
final class StoreReachability {
    /** How long no push tries again. */
    static final Duration KEPT = Duration.ofMinutes(15);

    private record Way(Remote remote, String address) {
        static Way of(Remote remote, URI url) {
            return new Way(remote, url.getScheme() + "://" + url.getRawAuthority());
        }
    }

    private final InstantSource clock;

    /** Until when. */
    @GuardedBy("this")
    private final Map<Way, Instant> closed = new HashMap<>();

    StoreReachability(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * Whether a remote may try to reach a store. When the time is over, one caller may, and reports the result; the
     * others continue without for the same time.
     */
    synchronized boolean mayTry(Remote remote, URI url) {
        Way way = Way.of(remote, url);
        Instant until = closed.get(way);
        if (until == null) {
            return true;
        }
        Instant now = clock.instant();
        if (now.isBefore(until)) {
            return false;
        }
        closed.put(way, now.plus(KEPT));
        return true;
    }

    /** A remote has reached a store. */
    synchronized void open(Remote remote, URI url) {
        closed.remove(Way.of(remote, url));
    }

    /** A remote has not. */
    synchronized void closed(Remote remote, URI url) {
        Instant now = clock.instant();
        // Removes entries of remotes that have changed or no longer exist.
        closed.values().removeIf(until -> until.plus(KEPT).isBefore(now));
        closed.put(Way.of(remote, url), now.plus(KEPT));
    }

    /** Forgets the result for a remote. */
    synchronized void forget(String name) {
        closed.keySet().removeIf(way -> way.remote().name().equals(name));
    }
}
