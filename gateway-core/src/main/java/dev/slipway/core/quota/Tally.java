package dev.slipway.core.quota;

import dev.slipway.core.state.UsageTable.Area;
import dev.slipway.core.state.UsageTable.Change;
import dev.slipway.core.state.UsageTable.Total;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The running total of one area. Guarded by its ledger. */
final class Tally {
    private final Area area;

    /** As in the database. */
    private long bytes;

    private long files;

    /** Not yet written to the database. */
    private long addedBytes;

    private long addedFiles;

    /** Whether the database has a total. */
    private boolean known;

    private long reservedBytes;
    private long reservedFiles;
    private long interruptedBytes;
    private @Nullable Instant counted;
    private @Nullable Instant recountAt;

    /** The value of {@code recountAt} when the current recount began. */
    private @Nullable Instant recountWas;

    private Instant notBefore = Instant.MIN;
    private @Nullable Recount recount;

    /** Whether a recount has ended which the database does not have yet. */
    private boolean recording;

    /** The sizes that the last recount counted for objects whose changes had not ended. */
    private Map<String, Long> unsettled = Map.of();

    Tally(Area area) {
        this.area = area;
    }

    Area area() {
        return area;
    }

    long usedBytes() {
        return Math.max(0, bytes + addedBytes + reservedBytes + interruptedBytes);
    }

    long usedFiles() {
        return Math.max(0, files + addedFiles + reservedFiles);
    }

    /** Reserves more, or less if negative. */
    void reserve(long moreBytes, long moreFiles) {
        reservedBytes += moreBytes;
        reservedFiles += moreFiles;
    }

    boolean reservesNothing() {
        return reservedBytes == 0 && reservedFiles == 0;
    }

    void forgetInterrupted() {
        interruptedBytes = 0;
    }

    void addInterrupted(long more) {
        interruptedBytes += more;
    }

    /** The store has changed an object, from and to these sizes. */
    void changed(String key, long old, long now) {
        Long missed = unsettled.isEmpty() ? null : unsettled.remove(key);
        long before = missed == null ? old : missed;
        addedBytes += Ledger.bytes(now) - Ledger.bytes(before);
        addedFiles += Ledger.files(key, now) - Ledger.files(key, before);
        if (recount != null) {
            recount.changed(key, old, now);
        }
    }

    /** The store has not changed an object. */
    void failed(String key) {
        if (!unsettled.isEmpty()) {
            unsettled.remove(key);
        }
        if (recount != null) {
            recount.failed(key);
        }
    }

    /** Has this area recounted, at this time or earlier. */
    void doubt(Instant at) {
        if (recountAt == null || at.isBefore(recountAt)) {
            recountAt = at;
        }
    }

    /** What is to be written to the database; empty if it has everything. */
    Optional<Change> change() {
        return known && addedBytes == 0 && addedFiles == 0
                ? Optional.empty()
                : Optional.of(new Change(area, addedBytes, addedFiles));
    }

    /** A change was written to the database. */
    void written(Change change) {
        addedBytes -= change.bytes();
        addedFiles -= change.files();
    }

    /** The database has this total. */
    void told(Total total, Instant now) {
        known = true;
        bytes = total.bytes();
        files = total.files();
        counted = total.counted();
        if (total.recount() && recountAt == null && recount == null) {
            recountAt = now;
        }
    }

    /** Whether it is to be recounted, at intervals or because it is in doubt. */
    boolean isDue(Instant now, Duration every) {
        boolean wanted =
                counted == null || !counted.plus(every).isAfter(now) || (recountAt != null && !recountAt.isAfter(now));
        return known && wanted && !notBefore.isAfter(now);
    }

    /** Whether it was counted before another one, or never. */
    boolean isOlderThan(Tally other) {
        return counted == null || (other.counted != null && counted.isBefore(other.counted));
    }

    /** The recount in progress; null if there is none. */
    @Nullable
    Recount recount() {
        return recount;
    }

    /** Whether a recount is in progress, or is being written to the database. */
    boolean isRecounting() {
        return recount != null || recording;
    }

    void beginRecount() {
        recount = new Recount(area.prefix());
        recountWas = recountAt;
        recountAt = null;
    }

    /**
     * Corrects the total. No other recount begins until this one is {@linkplain #recorded recorded}.
     *
     * @return the error of the total; empty if no recount is in progress
     */
    Optional<Change> endRecount() {
        if (recount == null) {
            return Optional.empty();
        }
        Change change = new Change(area, recount.bytes() - bytes - addedBytes, recount.files() - files - addedFiles);
        addedBytes += change.bytes();
        addedFiles += change.files();
        unsettled = recount.unsettled();
        recount = null;
        recording = true;
        return Optional.of(change);
    }

    /** The database has the last recount, or cannot be written. */
    void recorded() {
        recording = false;
    }

    /**
     * Gives up the recount.
     *
     * @param again whether it must be repeated at that time; otherwise it is repeated if it is still due
     */
    void giveUpRecount(Instant earliest, boolean again) {
        recount = null;
        // The recount of another gateway may have passed the doubtful object before it changed.
        Instant doubted = recountAt == null ? recountWas : recountAt;
        recountAt = again ? earliest : doubted;
        notBefore = earliest;
    }
}
