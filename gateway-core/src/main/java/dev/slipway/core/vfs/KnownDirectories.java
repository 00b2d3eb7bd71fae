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
 * Caches which directories the store has, so that a client that uploads many small files does not cause the same
 * request for each of them. Every change through this gateway that may create or remove a directory clears the cache, and
 * so does one through another gateway with the same database, once this one locks a path. Entries expire after two
 * seconds, since others may change the bucket too. Thread-safe.
 */
final class KnownDirectories {
    /** How long an answer of the store is used. */
    static final Duration TRUST = Duration.ofSeconds(2);

    private static final int LIMIT = 1000;

    /** Each listing may hold many names. */
    private static final int LISTINGS = 100;

    private static final int DIRECTORIES = 200;

    /** The most names in all listings together. */
    private static final int NAMES = 20_000;

    /** How long a directory counts as large after it turned out to be too large to list completely. */
    private static final Duration LARGE = Duration.ofMinutes(1);

    private final Clock clock;
    private final AtomicLong changes = new AtomicLong();

    /** The last number of changes that any gateway has made, this one included. */
    private final AtomicLong changesOfAll = new AtomicLong();

    private final ConcurrentHashMap<ObjectKey, Moment> seen = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Parent, Listing> listings = new ConcurrentHashMap<>();

    /** When the store was asked. */
    record Moment(long changes, Instant time) {}

    /** A directory, as the common prefix of its children's keys. */
    record Parent(String bucket, String prefix) {}

    /** What to ask the store, so that later requests for neighbouring names can be answered from the cache. */
    enum Question {
        /** Whether a directory of this name exists. */
        NAME,
        /** The names that follow in the directory: often none, where names increase. */
        BEHIND,
        /** The whole directory. */
        WHOLE
    }

    /**
     * A cached listing of a directory.
     *
     * @param about the key for which it was requested
     * @param whole whether all of the directory was requested, rather than what follows that key
     * @param complete whether the listing ended on its first page
     * @param directories the prefixes of the subdirectories
     * @param largeUntil until when the directory is not listed completely again, because it was too large
     * @param useful whether the listing has answered for a name; if it is whole, for a name that precedes that key
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

    /** To be called before the store is asked. */
    Moment now() {
        return new Moment(changes.get(), clock.instant());
    }

    /** Whether an answer of that moment is still valid. To be called under the locks of the paths that depend on it. */
    boolean isCurrent(Moment moment) {
        return moment.changes() == changes.get()
                && clock.instant().isBefore(moment.time().plus(TRUST));
    }

    /** Whether the directory is known to exist. */
    boolean contains(ObjectKey marker) {
        Moment moment = seen.get(marker);
        return moment != null && isCurrent(moment);
    }

    /** Records that the directory existed. */
    void add(ObjectKey marker, Moment moment) {
        if (seen.size() >= LIMIT) {
            seen.clear();
        }
        seen.put(marker, moment);
    }

    /** A directory may have been created or removed. To be called after the change, while its locks are held. */
    void changed() {
        changes.incrementAndGet();
    }

    /**
     * Directories may have been created or removed by another gateway.
     *
     * @param number grows with each change of any gateway
     */
    void sawChanges(long number) {
        if (changesOfAll.getAndSet(number) != number) {
            changes.incrementAndGet();
        }
    }

    /**
     * Whether a directory of this name exists, as far as a cached listing of its parent tells.
     *
     * @return empty if no valid listing tells
     */
    Optional<Boolean> isDirectory(Parent parent, ObjectKey marker) {
        Listing listing = listings.get(parent);
        return listing != null && isCurrent(listing.moment())
                ? listing.isDirectory(parent, marker.key())
                : Optional.empty();
    }

    /**
     * Decides what to ask the store about a name that no listing covers. If several callers need the same listing at
     * once, one of them lists; it passes the result to {@link #add(Parent, ObjectKey, Question, ObjectPage, Moment)}.
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
                // Names increase, with few exceptions: listing what follows was useful so far.
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

    /**
     * Stores agree on the order of ASCII characters and of where others sort among them, but not on the order of the
     * others.
     */
    private static boolean isOrdered(Parent parent, String key) {
        return StandardCharsets.US_ASCII
                .newEncoder()
                .canEncode(key.substring(parent.prefix().length()));
    }

    /**
     * Records the listing of a directory.
     *
     * @param file the key for which the listing was requested
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
