package dev.slipway.core.quota;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A cache of object sizes, filled from requests that are made anyway, so that uploads need not ask for the size of what
 * they replace. Thread-safe.
 */
final class KnownObjectSizes {
    /** How long the size of an object is used. */
    private static final Duration TRUST = Duration.ofSeconds(10);

    /** How long keys that a listing did not contain count as absent. */
    private static final Duration RANGE_TRUST = Duration.ofSeconds(2);

    private static final int LIMIT = 10_000;
    private static final int RANGES = 64;

    private record KnownSize(long size, Instant time) {}

    /** A range of names in a directory that was listed completely. */
    private record Range(
            String bucket,
            String prefix,
            String after,
            @Nullable String last,
            Instant time) {
        boolean contains(ObjectKey key) {
            return key.bucket().equals(bucket)
                    && key.key().startsWith(prefix)
                    && key.key().indexOf('/', prefix.length()) < 0
                    && key.key().compareTo(after) > 0
                    && (last == null || key.key().compareTo(last) <= 0);
        }
    }

    private final Clock clock;

    @GuardedBy("this")
    private final Deque<Range> ranges = new ArrayDeque<>();

    private final Map<ObjectKey, KnownSize> seen = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ObjectKey, KnownSize> eldest) {
            return size() > LIMIT;
        }
    };

    KnownObjectSizes(Clock clock) {
        this.clock = clock;
    }

    /** Records an object's size, or that it is {@link Ledger#ABSENT}. */
    synchronized void saw(ObjectKey key, long size) {
        seen.put(key, new KnownSize(size, clock.instant()));
    }

    /** Returns an object's recent size, or {@link Ledger#ABSENT}; empty if it is not known. */
    synchronized OptionalLong find(ObjectKey key) {
        Instant now = clock.instant();
        KnownSize known = seen.get(key);
        if (known != null && now.isBefore(known.time().plus(TRUST))) {
            return OptionalLong.of(known.size());
        }
        for (Range range : ranges) {
            if (now.isBefore(range.time().plus(RANGE_TRUST)) && range.contains(key)) {
                return OptionalLong.of(Ledger.ABSENT);
            }
        }
        return OptionalLong.empty();
    }

    /** Records a listing of a directory from a name on. */
    synchronized void saw(String bucket, String prefix, String after, ObjectPage page) {
        String last = null;
        if (page.next() != null) {
            // The next page continues after the later of the two.
            last = later(
                    page.objects().isEmpty()
                            ? null
                            : page.objects().getLast().key().key(),
                    page.prefixes().isEmpty() ? null : page.prefixes().getLast());
            if (last == null) {
                return;
            }
        }
        List<ObjectInfo> objects = page.objects();
        for (ObjectInfo object : objects) {
            saw(object.key(), object.size());
        }
        if (ranges.size() == RANGES) {
            ranges.removeLast();
        }
        ranges.addFirst(new Range(bucket, prefix, after, last, clock.instant()));
    }

    private static @Nullable String later(@Nullable String one, @Nullable String other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.compareTo(other) > 0 ? one : other;
    }

    /**
     * Returns a name slightly before a key, so that a listing after that name contains the key; null if stores do not
     * agree on the order of such names.
     */
    static @Nullable String justBefore(String key) {
        char last = key.charAt(key.length() - 1);
        if (last <= '!' || last > '~') {
            return null;
        }
        // A slash would begin a subdirectory.
        char before = (char) (last - (last == '0' ? 2 : 1));
        return key.substring(0, key.length() - 1) + before + "~";
    }
}
