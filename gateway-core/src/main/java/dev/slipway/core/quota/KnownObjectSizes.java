package dev.slipway.core.quota;

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
 * What requests that were made anyway have told of the sizes of objects, so that what an upload replaces need not be asked
 * for. Safe for use by several threads.
 */
final class KnownObjectSizes {
    /** For how long an answer about one object is taken for true. */
    private static final Duration TRUST = Duration.ofSeconds(10);

    /** And what a listing has not named for absent. */
    private static final Duration RANGE_TRUST = Duration.ofSeconds(2);

    private static final int LIMIT = 10_000;
    private static final int RANGES = 64;

    private record Sighting(long size, Instant time) {}

    /** The children of a directory between two names: there are no others than were seen. */
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
    private final Deque<Range> ranges = new ArrayDeque<>();
    private final Map<ObjectKey, Sighting> seen = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ObjectKey, Sighting> eldest) {
            return size() > LIMIT;
        }
    };

    KnownObjectSizes(Clock clock) {
        this.clock = clock;
    }

    /** Notes an object's size, or that it is {@link Ledger#ABSENT}. */
    synchronized void saw(ObjectKey key, long size) {
        seen.put(key, new Sighting(size, clock.instant()));
    }

    /** An object's size as it was seen lately, or {@link Ledger#ABSENT}; empty if nothing is known. */
    synchronized OptionalLong find(ObjectKey key) {
        Instant now = clock.instant();
        Sighting sighting = seen.get(key);
        if (sighting != null && now.isBefore(sighting.time().plus(TRUST))) {
            return OptionalLong.of(sighting.size());
        }
        for (Range range : ranges) {
            if (now.isBefore(range.time().plus(RANGE_TRUST)) && range.contains(key)) {
                return OptionalLong.of(Ledger.ABSENT);
            }
        }
        return OptionalLong.empty();
    }

    /** Notes what is in a directory behind a name. */
    synchronized void saw(String bucket, String prefix, String after, ObjectPage page) {
        String last = null;
        if (page.next() != null) {
            // More would come behind the last of either.
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
     * A name that comes a bit before a key, so that a listing behind it names the key too; null where stores do not agree
     * on the order.
     */
    static @Nullable String justBefore(String key) {
        char last = key.charAt(key.length() - 1);
        if (last <= '!' || last > '~') {
            return null;
        }
        // A slash would begin another directory.
        char before = (char) (last - (last == '0' ? 2 : 1));
        return key.substring(0, key.length() - 1) + before + "~";
    }
}
