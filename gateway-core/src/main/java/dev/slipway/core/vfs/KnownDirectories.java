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
import org.jspecify.annotations.Nullable;

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

    /** What to ask the store for, so that it need not be asked for the neighbours of a name. */
    enum Question {
        /** Whether there is a directory of the name. */
        NAME,
        /** What comes behind the name in its directory: nothing, often, where names grow. */
        BEHIND,
        /** All of the directory. */
        WHOLE
    }

    /**
     * What came when a directory was listed.
     *
     * @param after the key behind which it was listed; null if all of it was
     * @param complete whether that was everything, and not its first page
     * @param directories the prefixes of the subdirectories
     * @param wholeAsked whether to list all of it was tried, too
     */
    private record Listing(
            @Nullable String after, boolean complete, Set<String> directories, Moment moment, boolean wholeAsked) {
        boolean covers(Parent parent, String key) {
            return complete && (after == null || (isOrdered(parent, key) && key.compareTo(after) > 0));
        }
    }

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
        return listing != null && isCurrent(listing.moment()) && listing.covers(parent, marker.key())
                ? Optional.of(listing.directories().contains(marker.key()))
                : Optional.empty();
    }

    /**
     * What to ask the store for, of a name that no listing has told of. Of several who need to know at the same time, one
     * is to list: what came is for {@link #add(Parent, ObjectKey, ObjectPage, Moment)}.
     */
    synchronized Question question(Parent parent, ObjectKey file) {
        Listing last = listings.get(parent);
        if (last != null && isCurrent(last.moment())) {
            if (!last.complete() || last.wholeAsked()) {
                return Question.NAME;
            }
            put(parent, new Listing(last.after(), true, last.directories(), last.moment(), true));
            return Question.WHOLE;
        }
        put(parent, new Listing(null, false, Set.of(), now(), true));
        boolean wasWhole = last != null && last.complete() && last.after() == null;
        return wasWhole || !isOrdered(parent, file.key()) ? Question.WHOLE : Question.BEHIND;
    }

    /** Stores agree on the order of what is ASCII, and on where the rest comes beside it, but not on its own order. */
    private static boolean isOrdered(Parent parent, String key) {
        return StandardCharsets.US_ASCII
                .newEncoder()
                .canEncode(key.substring(parent.prefix().length()));
    }

    /**
     * Notes what a directory was seen to hold.
     *
     * @param after the key behind which it was listed; null if all of it was
     */
    synchronized void add(Parent parent, @Nullable ObjectKey after, ObjectPage page, Moment moment) {
        boolean complete = page.next() == null;
        if (after == null && !complete) {
            // What is known of some of it is better than nothing.
            return;
        }
        put(
                parent,
                new Listing(
                        after == null ? null : after.key(),
                        complete,
                        Set.copyOf(page.prefixes()),
                        moment,
                        after == null));
    }

    private void put(Parent parent, Listing listing) {
        if (listings.size() >= LISTINGS && !listings.containsKey(parent)) {
            listings.clear();
        }
        listings.put(parent, listing);
    }
}
