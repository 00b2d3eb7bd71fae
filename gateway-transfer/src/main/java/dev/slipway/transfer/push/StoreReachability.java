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

    private record Route(Remote remote, String address) {
        static Route of(Remote remote, URI url) {
            return new Route(remote, url.getScheme() + "://" + url.getRawAuthority());
        }
    }

    private final InstantSource clock;

    /** Until when. */
    @GuardedBy("this")
    private final Map<Route, Instant> unreachable = new HashMap<>();

    StoreReachability(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * Whether a remote may try to reach a store. When the time is over, one caller may, and reports the result; the
     * others continue without for the same time.
     */
    synchronized boolean mayTry(Remote remote, URI url) {
        Route route = Route.of(remote, url);
        Instant until = unreachable.get(route);
        if (until == null) {
            return true;
        }
        Instant now = clock.instant();
        if (now.isBefore(until)) {
            return false;
        }
        unreachable.put(route, now.plus(KEPT));
        return true;
    }

    /** A remote has reached a store. */
    synchronized void reached(Remote remote, URI url) {
        unreachable.remove(Route.of(remote, url));
    }

    /** A remote has not. */
    synchronized void notReached(Remote remote, URI url) {
        Instant now = clock.instant();
        // Removes entries of remotes that have changed or no longer exist.
        unreachable.values().removeIf(until -> until.plus(KEPT).isBefore(now));
        unreachable.put(Route.of(remote, url), now.plus(KEPT));
    }

    /** Forgets the result for a remote. */
    synchronized void forget(String name) {
        unreachable.keySet().removeIf(route -> route.remote().name().equals(name));
    }
}
