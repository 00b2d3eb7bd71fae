package dev.slipway.core.account;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A bounded number of entries that have an effect. When it is full, those that are over make room, and no others do. Not
 * safe for use by several threads.
 */
final class InForce<K, V extends InForce.Entry> {
    /** How often all entries are looked at, while it is full. */
    private static final Duration SWEEP_INTERVAL = Duration.ofSeconds(1);

    /** Something that has an effect for a while. */
    interface Entry {
        /** Whether it has none any more, so that a new entry would do the same. */
        boolean isOver(Instant now);
    }

    private final int most;
    private final Map<K, V> entries = new HashMap<>();
    private Instant sweptAt = Instant.MIN;

    InForce(int most) {
        this.most = most;
    }

    /**
     * The entry of a key, which is made if there is none.
     *
     * @return null if there is none and no room for one
     */
    @Nullable
    V get(K key, Supplier<V> made, Instant now) {
        V known = entries.get(key);
        if (known != null) {
            return known;
        }
        if (entries.size() >= most && !now.isBefore(sweptAt.plus(SWEEP_INTERVAL))) {
            sweptAt = now;
            entries.values().removeIf(entry -> entry.isOver(now));
        }
        if (entries.size() >= most) {
            return null;
        }
        V entry = made.get();
        entries.put(key, entry);
        return entry;
    }

    /** Forgets an entry. Does nothing if the key has another one, or none. */
    void remove(K key, V entry) {
        entries.remove(key, entry);
    }
}
