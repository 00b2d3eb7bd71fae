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
import java.util.concurrent.atomic.AtomicBoolean;
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

    private static final int DIRECTORIES = 200;

    /** The most characters of the names of all of them. */
    private static final int NAMES = 20_000;

    /** For how long a directory that was too large to be listed whole is taken for large. */
    private static final Duration LARGE = Duration.ofMinutes(1);

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
     * @param about the key for which it was listed
     * @param whole whether all of it was listed, and not only what comes behind that key
     * @param complete whether that was everything, and not its first page
     * @param directories the prefixes of the subdirectories
     * @param largeUntil until when it is not listed whole, since that was tried in vain
     * @param useful whether it has told of a name: of one that comes before that key, if it is whole
     */
    private record Listing(
            String about,
            boolean whole,
            boolean complete,
            Set<String> directories,
            Moment moment,
            Instant largeUntil,
            AtomicBoolean useful) {
        Listing(
                String about,
                boolean whole,
                boolean complete,
                Set<String> directories,
                Moment moment,
                Instant largeUntil) {
            this(about, whole, complete, directories, moment, largeUntil, new AtomicBoolean());
        }

        Listing withLargeUntil(Instant time) {
            return new Listing(about, whole, complete, directories, moment, time, useful);
        }

        Optional<Boolean> isDirectory(Parent parent, String key) {
            boolean behind = isOrdered(parent, key) && key.compareTo(about) > 0;
            if (!complete || (!whole && !behind)) {
                return Optional.empty();
            }
            if (whole != behind) {
                useful.set(true);
            }
            return Optional.of(directories.contains(key));
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
        return listing != null && isCurrent(listing.moment())
                ? listing.isDirectory(parent, marker.key())
                : Optional.empty();
    }

    /**
     * What to ask the store for, of a name that no listing has told of. Of several who need to know at the same time, one
     * is to list: what came is for {@link #add(Parent, ObjectKey, Question, ObjectPage, Moment)}.
     */
    synchronized Question question(Parent parent, ObjectKey file) {
        Listing last = listings.get(parent);
        boolean ordered = isOrdered(parent, file.key());
        Instant largeUntil = last == null ? Instant.MIN : last.largeUntil();
        boolean large = clock.instant().isBefore(largeUntil);
        if (last != null && isCurrent(last.moment())) {
            if (!last.complete() || last.whole()) {
                return Question.NAME;
            }
            if (large) {
                // Names that grow, but for some: listing them was worth it until now.
                return ordered && last.useful().getAndSet(false) ? Question.BEHIND : Question.NAME;
            }
            put(parent, last.withLargeUntil(clock.instant().plus(LARGE)));
            return Question.WHOLE;
        }
        if (large && !ordered) {
            return Question.NAME;
        }
        put(parent, new Listing(file.key(), false, false, Set.of(), now(), largeUntil));
        boolean wholeIsUseful = last != null && last.whole() && last.useful().get();
        return wholeIsUseful || !ordered ? Question.WHOLE : Question.BEHIND;
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
     * @param file of which the question was
     * @param question what was listed
     */
    synchronized void add(Parent parent, ObjectKey file, Question question, ObjectPage page, Moment moment) {
        Listing last = listings.get(parent);
        boolean complete = page.next() == null
                && page.prefixes().size() <= DIRECTORIES
                && page.prefixes().stream().mapToInt(String::length).sum() <= NAMES;
        boolean whole = question == Question.WHOLE;
        if (!whole || complete) {
            Instant largeUntil = whole || last == null ? Instant.MIN : last.largeUntil();
            put(parent, new Listing(file.key(), whole, complete, Set.copyOf(page.prefixes()), moment, largeUntil));
        } else if (last != null) {
            put(parent, last.withLargeUntil(clock.instant().plus(LARGE)));
        }
    }

    private void put(Parent parent, Listing listing) {
        if (listings.size() >= LISTINGS && !listings.containsKey(parent)) {
            listings.clear();
        }
        listings.put(parent, listing);
    }
}
