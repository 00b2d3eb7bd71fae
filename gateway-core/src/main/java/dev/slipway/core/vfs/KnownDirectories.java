package dev.slipway.core.vfs;

import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
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

    /** Each may have many names. */
    private static final int LISTINGS = 100;

    private final Clock clock;
    private final AtomicLong changes = new AtomicLong();
    private final ConcurrentHashMap<ObjectKey, Moment> seen = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Parent, Listing> listings = new ConcurrentHashMap<>();

    /** When the store was asked. */
    record Moment(long changes, Instant time) {}

    /** A directory by what the keys of its children begin with. */
    record Parent(String bucket, String prefix) {}

    /**
     * What came when a directory was listed behind a key.
     *
     * @param complete whether that was everything behind the key
     * @param directories the prefixes of the subdirectories
     */
    private record Listing(String after, boolean complete, Set<String> directories, Moment moment) {}

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

    /**
     * Whether there is a directory of this name, as far as a listing of its parent has told.
     *
     * @return empty when none of the last moments has
     */
    Optional<Boolean> isDirectory(Parent parent, ObjectKey marker) {
        Listing listing = listings.get(parent);
        return listing != null
                        && listing.complete()
                        && isCurrent(listing.moment())
                        && isOrdered(parent, marker.key())
                        && marker.key().compareTo(listing.after()) > 0
                ? Optional.of(listing.directories().contains(marker.key()))
                : Optional.empty();
    }

    /** Whether it is worth to list what comes behind this key, so that its neighbours need not be asked for. */
    boolean isWorthListing(Parent parent, ObjectKey file) {
        Listing listing = listings.get(parent);
        return isOrdered(parent, file.key()) && (listing == null || listing.complete() || !isCurrent(listing.moment()));
    }

    /** Stores agree on the order of what is ASCII, and on where the rest comes beside it, but not on its own order. */
    private static boolean isOrdered(Parent parent, String key) {
        return StandardCharsets.US_ASCII
                .newEncoder()
                .canEncode(key.substring(parent.prefix().length()));
    }

    /** Notes what a directory was seen to hold behind a key. */
    void add(Parent parent, ObjectKey after, ObjectPage page, Moment moment) {
        if (listings.size() >= LISTINGS) {
            listings.clear();
        }
        listings.put(parent, new Listing(after.key(), page.next() == null, Set.copyOf(page.prefixes()), moment));
    }
}
