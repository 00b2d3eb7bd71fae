package dev.slipway.core.account;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A bounded map of entries that have an effect for a while. When it is full, only entries without an effect are removed
 * for new ones. Not thread-safe.
 */
final class InForce<K, V extends InForce.Entry> {
    /** How often all entries are checked while it is full. */
    private static final Duration SWEEP_INTERVAL = Duration.ofSeconds(1);

    /** An entry that has an effect for a while. */
    interface Entry {
        /** Whether it no longer has an effect, so that a new entry would be equivalent. */
        boolean isOver(Instant now);
    }

    private final int most;
    private final Map<K, V> entries = new HashMap<>();
    private Instant sweptAt = Instant.MIN;

    InForce(int most) {
        this.most = most;
    }

    /**
     * Returns the entry of a key; creates it if necessary.
     *
     * @return null if there is none and no space for one
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

    /** Removes an entry. Does nothing if the key has another entry, or none. */
    void remove(K key, V entry) {
        entries.remove(key, entry);
    }
}
