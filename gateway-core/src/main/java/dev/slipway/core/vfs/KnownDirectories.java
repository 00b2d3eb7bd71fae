package dev.slipway.core.vfs;

import dev.slipway.core.store.ObjectKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the store has said of directories a moment ago, so that a client that uploads many small files does not make us ask
 * the same of it again for each of them. All of it is forgotten with every change through this gateway that may have made
 * or removed a directory, and after two seconds, since others may change the bucket too. Safe for use by several threads.
 */
final class KnownDirectories {
    /** For how long the store is taken at its word. */
    static final Duration TRUST = Duration.ofSeconds(2);

    private static final int LIMIT = 1000;

    private final Clock clock;
    private final AtomicLong changes = new AtomicLong();
    private final ConcurrentHashMap<ObjectKey, Moment> seen = new ConcurrentHashMap<>();

    /** When the store was asked. */
    record Moment(long changes, Instant time) {}

    KnownDirectories(Clock clock) {
        this.clock = clock;
    }

    /** To be taken before the store is asked. */
    Moment now() {
        return new Moment(changes.get(), clock.instant());
    }

    /** Whether what the store said at that moment still holds. To be asked under the locks of what depends on it. */
    boolean isCurrent(Moment moment) {
        return moment.changes() == changes.get()
                && clock.instant().isBefore(moment.time().plus(TRUST));
    }

    /** Whether the directory is known to exist. */
    boolean contains(ObjectKey marker) {
        Moment moment = seen.get(marker);
        return moment != null && isCurrent(moment);
    }

    /** Notes that the directory existed. */
    void add(ObjectKey marker, Moment moment) {
        if (seen.size() >= LIMIT) {
            seen.clear();
        }
        seen.put(marker, moment);
    }

    /** A directory may have been made or removed. To be called after that, while the locks of the change are held. */
    void changed() {
        changes.incrementAndGet();
    }
}
