package dev.slipway.core.quota;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.state.UsageTable.Area;
import dev.slipway.core.state.UsageTable.Change;
import dev.slipway.core.state.UsageTable.Total;
import dev.slipway.core.store.BaseVersion;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.UploadOwner;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Holds the storage totals of all counted prefixes in memory: what is stored, and what is reserved for uploads in
 * progress and for interrupted uploads. Thread-safe; nothing blocks.
 */
final class Ledger {
    /** The size of an object that does not exist. */
    static final long ABSENT = -1;

    /** Observes changes to an object. */
    interface Watcher {
        /** The object has been replaced or removed by somebody else. Called under the ledger's lock. */
        void becomes(long size);
    }

    /** Quota reserved for an object that is about to be stored. */
    static final class Held {
        private final ObjectKey key;
        private final Set<Tally> tallies = new HashSet<>();
        private long bytes;
        private long files;

        Held(ObjectKey key) {
            this.key = key;
        }
    }

    /** The quota that an object would exceed. */
    enum Refusal {
        BYTES,
        FILES
    }

    @GuardedBy("this")
    private final Map<Area, Tally> tallies = new HashMap<>();

    /** Areas that were counted earlier in this run, and may still be in the database. */
    @GuardedBy("this")
    private final Set<Area> former = new HashSet<>();

    @GuardedBy("this")
    private final Map<ObjectKey, Integer> changing = new HashMap<>();

    @GuardedBy("this")
    private final Map<ObjectKey, Set<Watcher>> watchers = new HashMap<>();

    private volatile boolean empty = true;

    /** The bytes of an upload that are already stored: those of the version to which it appends. */
    static long baseBytes(UploadOwner owner) {
        BaseVersion base = owner.base();
        return base == null ? 0 : base.bytes();
    }

    static long bytes(long size) {
        return Math.max(0, size);
    }

    /** Directories do not count as files. */
    static long files(String key, long size) {
        return size == ABSENT || key.endsWith("/") ? 0 : 1;
    }

    /** Whether nothing is counted. */
    boolean isEmpty() {
        return empty;
    }

    /** Starts to count more areas. */
    synchronized void track(Collection<Area> areas) {
        for (Area area : areas) {
            tallies.computeIfAbsent(area, Tally::new);
            former.remove(area);
        }
        empty = tallies.isEmpty();
    }

    /** Counts these areas and no others. */
    synchronized void trackOnly(Collection<Area> areas) {
        former.addAll(tallies.keySet());
        tallies.keySet().retainAll(areas);
        track(areas);
    }

    /** Whether an object lies in a counted area. */
    synchronized boolean covers(ObjectKey key) {
        return !empty && !covering(key).isEmpty();
    }

    @GuardedBy("this")
    private List<Tally> covering(ObjectKey key) {
        List<Tally> found = new ArrayList<>(2);
        int end = 0;
        do {
            Tally tally = tallies.get(new Area(key.bucket(), key.key().substring(0, end)));
            if (tally != null) {
                found.add(tally);
            }
            end = key.key().indexOf('/', end) + 1;
        } while (end > 0);
        return found;
    }

    synchronized void watch(ObjectKey key, Watcher watcher) {
        watchers.computeIfAbsent(key, _ -> new HashSet<>()).add(watcher);
    }

    synchronized void unwatch(ObjectKey key, Watcher watcher) {
        watchers.computeIfPresent(key, (_, all) -> {
            all.remove(watcher);
            return all.isEmpty() ? null : all;
        });
    }

    /** The store is about to be asked to change an object. {@link #changed} or {@link #failed} must follow. */
    synchronized void begin(ObjectKey key) {
        changing.merge(key, 1, Integer::sum);
    }

    @GuardedBy("this")
    private void end(ObjectKey key) {
        changing.computeIfPresent(key, (_, count) -> count == 1 ? null : count - 1);
    }

    /**
     * The store has changed an object.
     *
     * @param old the size before, or {@link #ABSENT}
     * @param now the size after
     * @param held its reservation, which ends; or null
     */
    synchronized void changed(ObjectKey key, long old, long now, @Nullable Held held) {
        end(key);
        for (Tally tally : covering(key)) {
            tally.changed(key.key(), old, now);
        }
        if (held != null) {
            release(held);
        }
        watchers.getOrDefault(key, Set.of()).forEach(watcher -> watcher.becomes(now));
    }

    /**
     * The store has not changed an object.
     *
     * @param recountAt when to recount because the outcome is uncertain; or null
     */
    synchronized void failed(ObjectKey key, @Nullable Instant recountAt) {
        end(key);
        for (Tally tally : covering(key)) {
            tally.failed(key.key());
        }
        if (recountAt != null) {
            doubt(key, recountAt);
        }
    }

    /** Schedules a recount of the areas that contain an object. */
    synchronized void doubt(ObjectKey key, Instant recountAt) {
        for (Tally tally : covering(key)) {
            tally.doubt(recountAt);
        }
    }

    /**
     * Reserves quota for an object, up to the given totals.
     *
     * @param areas the areas that count towards the account's limits; empty if it has none
     * @return the quota that would be exceeded; the reservation is then unchanged
     */
    synchronized Optional<Refusal> hold(Held held, long bytes, long files, AccountLimits limits, List<Area> areas) {
        long moreBytes = Math.max(0, bytes - held.bytes);
        long moreFiles = Math.max(0, files - held.files);
        if (moreBytes > 0 && usedBytes(areas) > limits.quotaBytes() - moreBytes && !areas.isEmpty()) {
            return Optional.of(Refusal.BYTES);
        }
        if (moreFiles > 0 && usedFiles(areas) > limits.quotaFiles() - moreFiles && !areas.isEmpty()) {
            return Optional.of(Refusal.FILES);
        }
        // An object that turned out to replace a file needs no additional file.
        force(held, held.bytes + moreBytes, files);
        return Optional.empty();
    }

    /** Reserves quota for an object even if the quota is exceeded. */
    synchronized void force(Held held, long bytes, long files) {
        if (held.tallies.isEmpty()) {
            held.tallies.addAll(covering(held.key));
        }
        for (Tally tally : held.tallies) {
            tally.reserve(bytes - held.bytes, files - held.files);
        }
        held.bytes = bytes;
        held.files = files;
    }

    /** Ends a reservation. */
    synchronized void release(Held held) {
        force(held, 0, 0);
    }

    synchronized long usedBytes(List<Area> areas) {
        long used = 0;
        for (Area area : areas) {
            Tally tally = tallies.get(area);
            used += tally == null ? 0 : tally.usedBytes();
        }
        return used;
    }

    synchronized long usedFiles(List<Area> areas) {
        long used = 0;
        for (Area area : areas) {
            Tally tally = tallies.get(area);
            used += tally == null ? 0 : tally.usedFiles();
        }
        return used;
    }

    /** Sets all interrupted uploads. */
    synchronized void interrupted(Collection<InterruptedUpload> uploads) {
        tallies.values().forEach(Tally::forgetInterrupted);
        for (InterruptedUpload upload : uploads) {
            long more = Math.max(0, bytes(upload.bytes()) - baseBytes(upload.owner()));
            covering(upload.key()).forEach(tally -> tally.addInterrupted(more));
        }
    }

    /** Returns the changes not yet written to the database. */
    synchronized List<Change> changes() {
        List<Change> changes = new ArrayList<>();
        for (Tally tally : tallies.values()) {
            tally.change().ifPresent(changes::add);
        }
        return changes;
    }

    /**
     * Changes were written to the database, which now has these totals. Returns the areas that are no longer counted.
     */
    synchronized List<Area> told(List<Change> changes, List<Total> totals, Instant now) {
        for (Change change : changes) {
            Tally tally = tallies.get(change.area());
            if (tally != null) {
                tally.written(change);
            }
        }
        List<Area> superfluous = new ArrayList<>();
        for (Total total : totals) {
            Tally tally = tallies.get(total.area());
            if (tally == null) {
                if (former.contains(total.area())) {
                    superfluous.add(total.area());
                }
                continue;
            }
            tally.told(total, now);
        }
        return superfluous;
    }

    /** Returns the areas of these totals that are not counted. */
    synchronized List<Area> others(List<Total> totals) {
        List<Area> others = new ArrayList<>();
        for (Total total : totals) {
            if (!tallies.containsKey(total.area())) {
                others.add(total.area());
            }
        }
        return others;
    }

    /** Begins a recount of the area whose last count is oldest, if it is due and no other recount is in progress. */
    synchronized Optional<Area> beginRecount(Instant now, Duration every) {
        Tally due = null;
        for (Tally tally : tallies.values()) {
            if (tally.isRecounting()) {
                return Optional.empty();
            }
            if (tally.isDue(now, every) && (due == null || tally.isOlderThan(due))) {
                due = tally;
            }
        }
        if (due == null) {
            return Optional.empty();
        }
        due.beginRecount();
        return Optional.of(due.area());
    }

    /** Called before a page of the area is requested. Returns false if its recount is no longer wanted. */
    synchronized boolean askForPage(Area area) {
        Recount recount = recount(area);
        if (recount == null) {
            return false;
        }
        recount.askForPage();
        return true;
    }

    synchronized void page(Area area, ObjectPage page) {
        Recount recount = recount(area);
        if (recount != null) {
            Set<String> keys = new HashSet<>();
            for (ObjectKey key : changing.keySet()) {
                if (key.bucket().equals(area.bucket())) {
                    keys.add(key.key());
                }
            }
            recount.page(page, keys);
        }
    }

    @GuardedBy("this")
    private @Nullable Recount recount(Area area) {
        Tally tally = tallies.get(area);
        return tally == null ? null : tally.recount();
    }

    /**
     * The last page was counted. No recount begins until {@link #recountRecorded}.
     *
     * @return the error of the running total; empty if the recount is no longer wanted
     */
    synchronized Optional<Change> endRecount(Area area) {
        Tally tally = tallies.get(area);
        return tally == null ? Optional.empty() : tally.endRecount();
    }

    /** The database has the recount, or cannot be written. */
    synchronized void recountRecorded(Area area) {
        Tally tally = tallies.get(area);
        if (tally != null) {
            tally.recorded();
        }
    }

    /**
     * The recount failed.
     *
     * @param again whether it must be repeated at that time; otherwise it is repeated if it is still due
     */
    synchronized void giveUpRecount(Area area, Instant notBefore, boolean again) {
        Tally tally = tallies.get(area);
        if (tally != null) {
            tally.giveUpRecount(notBefore, again);
        }
    }

    /** Whether nothing is reserved; for tests. */
    synchronized boolean holdsNothing() {
        return watchers.isEmpty()
                && changing.isEmpty()
                && tallies.values().stream().allMatch(Tally::reservesNothing);
    }
}
