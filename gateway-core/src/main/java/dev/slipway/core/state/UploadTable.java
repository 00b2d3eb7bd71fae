package dev.slipway.core.state;

import dev.slipway.core.store.BaseVersion;
import dev.slipway.core.store.ExpectedObject;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.PendingUpload;
import dev.slipway.core.store.StoredUpload;
import dev.slipway.core.store.StoredVersion;
import dev.slipway.core.store.UploadJournal;
import dev.slipway.core.store.UploadOrigin;
import dev.slipway.core.store.UploadOwner;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journal of uploads in the state database. One file although it is long: each method is one step of a row from its
 * start to its end, and they depend on each other's conditions. {@link CommitTable} has the statements about completions.
 */
public final class UploadTable implements UploadJournal {
    private static final String INTERRUPTED =
            "SELECT id, bucket, key, account, exclusive, upload_id, kept, modified, suspended, base_etag, base_bytes"
                    + " FROM uploads"
                    + " WHERE suspended IS NOT NULL";

    private static final int DEFAULT_MOST_INTERRUPTED = 1000;

    private static final int MOST_UNCLEAR = 10_000;

    private static final Logger log = LoggerFactory.getLogger(UploadTable.class);

    private final StateDatabase database;
    private final Clock clock;
    private final UploadOutbox outbox;
    private final CommitTable commits;
    private final String run;

    /** The ends of uploads, by their rows, that the database could not record. */
    private final Map<String, Runnable> unrecorded = new ConcurrentHashMap<>();

    private final AtomicLong dropped = new AtomicLong();

    /** The most interrupted uploads of an account. */
    private final int mostInterrupted;

    /**
     * Keys and accounts that may have interrupted uploads. Every path lookup checks this set, and seldom finds an
     * entry. Not used if other gateways may interrupt uploads as well.
     */
    private final Set<Owned> owned = ConcurrentHashMap.newKeySet();

    /** The runs whose leftovers the last look found. Guarded by this. */
    private Set<String> gone = Set.of();

    private record Owned(ObjectKey key, String account) {}

    /** Keeps at most 1,000 interrupted uploads of an account. */
    public UploadTable(StateDatabase database, Clock clock) {
        this(database, clock, DEFAULT_MOST_INTERRUPTED);
    }

    /** @param mostInterrupted the most interrupted uploads of an account, at least 1; newer ones replace the oldest */
    public UploadTable(StateDatabase database, Clock clock, int mostInterrupted) {
        this(database, clock, mostInterrupted, UploadOutbox.NONE);
    }

    /**
     * As above, with somebody who is told of completed uploads.
     *
     * @param mostInterrupted the most interrupted uploads of an account, at least 1; newer ones replace the oldest
     */
    public UploadTable(StateDatabase database, Clock clock, int mostInterrupted, UploadOutbox outbox) {
        this(database, clock, mostInterrupted, outbox, MOST_UNCLEAR);
    }

    /** @param mostUnclear the most uploads without an answer that are looked for later */
    UploadTable(StateDatabase database, Clock clock, int mostInterrupted, UploadOutbox outbox, int mostUnclear) {
        this.mostInterrupted = mostInterrupted;
        this.outbox = outbox;
        this.database = database;
        this.clock = clock;
        this.run = database.run();
        this.commits = new CommitTable(run, mostUnclear);
        remember(allInterrupted());
    }

    private void remember(List<InterruptedUpload> uploads) {
        for (InterruptedUpload upload : uploads) {
            owned.add(new Owned(upload.key(), upload.owner().account()));
        }
    }

    /**
     * Marks the uploads of killed gateways as interrupted, so that their accounts can resume them. To be called before
     * anything else, and repeatedly if several gateways share the database.
     */
    @Override
    public void recover() {
        repeatUnrecorded();
        Set<String> live = database.liveRuns();
        database.inTransaction(handle -> {
            // The store may have created an upload whose id was not recorded: the sweeper looks for it.
            handle.createUpdate("INSERT INTO uploads (id, run, bucket, key, upload_id, started)"
                            + " SELECT id || '-unnamed', '', bucket, key, '', started FROM uploads"
                            + " WHERE run <> '' AND run NOT IN (<live>) AND account <> '' AND suspended IS NULL"
                            + " AND upload_id = ''"
                            // If it was to be completed, that was by a PUT.
                            + " AND NOT EXISTS (SELECT 1 FROM upload_commits WHERE upload = uploads.id)"
                            // Another gateway may do the same now, or an earlier start may have done it.
                            + " ON CONFLICT (id) DO NOTHING")
                    .bindList("live", live)
                    .execute();
            handle.createUpdate("UPDATE uploads SET suspended = :now"
                            + " WHERE run <> '' AND run NOT IN (<live>) AND account <> '' AND suspended IS NULL")
                    .bind("now", clock.instant().getEpochSecond())
                    .bindList("live", live)
                    .execute();
            // Of several interrupted uploads of one path, the account resumes the newest.
            return handle.createUpdate("UPDATE uploads SET run = '', suspended = NULL"
                            + " WHERE suspended IS NOT NULL AND EXISTS (SELECT 1 FROM uploads newer"
                            + " WHERE newer.suspended IS NOT NULL AND newer.bucket = uploads.bucket"
                            + " AND newer.key = uploads.key AND newer.account = uploads.account"
                            + " AND (newer.started > uploads.started"
                            + " OR newer.started = uploads.started AND newer.id > uploads.id))")
                    .execute();
        });
        remember(allInterrupted());
    }

    /** One that fails again does not stop the others, unless the database is down. */
    private void repeatUnrecorded() {
        unrecorded.forEach((id, end) -> {
            try {
                end.run();
                unrecorded.remove(id);
            } catch (StateException e) {
                if (e.isOutage()) {
                    throw e;
                }
                log.warn("The end of an upload could not be recorded in the journal yet", e);
            }
        });
    }

    @Override
    public String starting(ObjectKey key, UploadOwner owner) {
        String id = UUID.randomUUID().toString();
        BaseVersion base = owner.base();
        database.inTransaction(handle -> handle.createUpdate(
                        "INSERT INTO uploads (id, run, bucket, key, upload_id, started, account, exclusive,"
                                + " base_etag, base_bytes) VALUES (:id, :run, :bucket, :key, '', :started, :account,"
                                + " :exclusive, :etag, :baseBytes)")
                .bind("id", id)
                .bind("run", run)
                .bind("bucket", key.bucket())
                .bind("key", key.key())
                .bind("started", clock.instant().getEpochSecond())
                .bind("account", owner.resumable() ? owner.account() : "")
                .bind("exclusive", owner.exclusive())
                .bind("etag", base == null ? null : base.etag())
                .bind("baseBytes", base == null ? null : (Long) base.bytes())
                .execute());
        return id;
    }

    @Override
    public void started(String id, String uploadId) {
        database.inTransaction(handle -> handle.createUpdate("UPDATE uploads SET upload_id = :uploadId WHERE id = :id")
                .bind("id", id)
                .bind("uploadId", uploadId)
                .execute());
    }

    @Override
    public void partStored(String id, int number, int crc) {
        database.inTransaction(handle -> handle.createUpdate(
                        "INSERT INTO upload_parts (upload, number, crc) VALUES (:id, :number, :crc)"
                                + " ON CONFLICT (upload, number) DO UPDATE SET crc = :crc")
                .bind("id", id)
                .bind("number", number)
                .bind("crc", crc)
                .execute());
    }

    @Override
    public Map<Integer, Integer> partChecksums(String id) {
        return database.read(handle -> handle
                .createQuery("SELECT number, crc FROM upload_parts WHERE upload = :id")
                .bind("id", id)
                .map((row, context) -> Map.entry(row.getInt(1), row.getInt(2)))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    @Override
    public void ended(String id) {
        database.inTransaction(handle -> delete(handle, id));
    }

    private static int delete(Handle handle, String id) {
        return handle.createUpdate("DELETE FROM uploads WHERE id = :id")
                .bind("id", id)
                .execute();
    }

    @Override
    public void abandoned(String id) {
        database.inTransaction(handle -> abandon(handle, id));
    }

    private static int abandon(Handle handle, String id) {
        return handle.createUpdate("UPDATE uploads SET run = '', suspended = NULL WHERE id = :id")
                .bind("id", id)
                .execute();
    }

    @Override
    public void interrupted(String id, long bytes, @Nullable Instant modified) {
        List<InterruptedUpload> given = new ArrayList<>();
        AtomicInteger untold = new AtomicInteger();
        List<InterruptedUpload> result = database.inTransaction(handle -> {
            given.clear();
            handle.createUpdate("UPDATE uploads SET run = '', suspended = NULL WHERE suspended IS NOT NULL AND EXISTS"
                            + " (SELECT 1 FROM uploads same WHERE same.id = :id AND same.bucket = uploads.bucket"
                            + " AND same.key = uploads.key AND same.account = uploads.account) AND id <> :id")
                    .bind("id", id)
                    .execute();
            handle.createUpdate("UPDATE uploads SET suspended = :now, kept = :bytes, modified = :modified"
                            + " WHERE id = :id AND account <> '' AND (run = :run OR suspended IS NOT NULL)")
                    .bind("id", id)
                    .bind("run", run)
                    .bind("now", clock.instant().getEpochSecond())
                    .bind("bytes", bytes)
                    .bind("modified", modified == null ? null : (Long) modified.getEpochSecond())
                    .execute();
            given.addAll(handle.createQuery(INTERRUPTED
                            + " AND account = (SELECT account FROM uploads WHERE id = :id) AND id <> :id"
                            + " ORDER BY suspended DESC, started DESC, id LIMIT 100 OFFSET :others")
                    .bind("id", id)
                    .bind("others", mostInterrupted - 1)
                    .map((row, context) -> interrupted(row))
                    .list());
            for (InterruptedUpload upload : given) {
                abandon(handle, upload.id());
            }
            if (outbox.isWanted()) {
                untold.set(commits.limit(handle));
            }
            return handle.createQuery(INTERRUPTED + " AND id = :id")
                    .bind("id", id)
                    .map((row, context) -> interrupted(row))
                    .list();
        });
        dropped(untold.get());
        for (InterruptedUpload upload : given) {
            owned.remove(new Owned(upload.key(), upload.owner().account()));
        }
        remember(result);
    }

    private static InterruptedUpload interrupted(ResultSet row) throws SQLException {
        long kept = row.getLong(7);
        long bytes = row.wasNull() ? InterruptedUpload.UNKNOWN : kept;
        long modified = row.getLong(8);
        Instant set = row.wasNull() ? null : Instant.ofEpochSecond(modified);
        return new InterruptedUpload(
                row.getString(1),
                new ObjectKey(row.getString(2), row.getString(3)),
                new UploadOwner(row.getString(4), true, row.getBoolean(5), base(row)),
                row.getString(6),
                bytes,
                set,
                Instant.ofEpochSecond(row.getLong(9)));
    }

    private static @Nullable BaseVersion base(ResultSet row) throws SQLException {
        String etag = row.getString(10);
        return etag == null ? null : new BaseVersion(etag, row.getLong(11));
    }

    @Override
    public Optional<InterruptedUpload> interrupted(ObjectKey key, String account) {
        if (database.isShared()) {
            return interruptedAnywhere(key, account);
        }
        Owned path = new Owned(key, account);
        if (!owned.contains(path)) {
            return Optional.empty();
        }
        Optional<InterruptedUpload> found = database.read(handle -> find(handle, key, account));
        if (found.isEmpty()) {
            owned.remove(path);
            // Another thread may have interrupted one meanwhile.
            found = database.read(handle -> find(handle, key, account));
            found.ifPresent(upload -> owned.add(path));
        }
        return found;
    }

    /** An upload of a gateway that has died can be resumed as soon as its account asks for it. */
    private Optional<InterruptedUpload> interruptedAnywhere(ObjectKey key, String account) {
        Optional<InterruptedUpload> found = database.read(handle -> find(handle, key, account));
        if (found.isPresent()) {
            return found;
        }
        Set<String> runs = new HashSet<>(database.read(handle -> handle.createQuery("SELECT run FROM uploads"
                        + " WHERE bucket = :bucket AND key = :key AND account = :account AND run NOT IN ('', :run)")
                .bind("bucket", key.bucket())
                .bind("key", key.key())
                .bind("account", account)
                .bind("run", run)
                .mapTo(String.class)
                .list()));
        if (runs.isEmpty() || database.liveRuns().containsAll(runs)) {
            return Optional.empty();
        }
        recover();
        return database.read(handle -> find(handle, key, account));
    }

    private static Optional<InterruptedUpload> find(Handle handle, ObjectKey key, String account) {
        return handle.createQuery(INTERRUPTED
                        + " AND bucket = :bucket AND key = :key AND account = :account"
                        + " ORDER BY suspended DESC, started DESC LIMIT 1")
                .bind("bucket", key.bucket())
                .bind("key", key.key())
                .bind("account", account)
                .map((row, context) -> interrupted(row))
                .findOne();
    }

    @Override
    public List<InterruptedUpload> interruptedBelow(String bucket, String prefix, String account) {
        boolean any = database.isShared()
                || owned.stream()
                        .anyMatch(path -> path.account().equals(account)
                                && path.key().bucket().equals(bucket)
                                && path.key().key().startsWith(prefix));
        if (!any) {
            return List.of();
        }
        return database.read(handle -> handle
                .createQuery(INTERRUPTED + " AND bucket = :bucket AND account = :account ORDER BY key")
                .bind("bucket", bucket)
                .bind("account", account)
                .map((row, context) -> interrupted(row))
                .stream()
                .filter(upload -> upload.key().key().startsWith(prefix))
                .toList());
    }

    @Override
    public List<InterruptedUpload> allInterrupted() {
        return database.read(handle -> handle.createQuery(INTERRUPTED + " ORDER BY suspended, started")
                .map((row, context) -> interrupted(row))
                .list());
    }

    @Override
    public void measured(InterruptedUpload upload) {
        database.inTransaction(handle -> handle.createUpdate("UPDATE uploads SET kept = :bytes, upload_id = :uploadId"
                        + " WHERE id = :id AND suspended IS NOT NULL")
                .bind("id", upload.id())
                .bind("bytes", upload.bytes())
                .bind("uploadId", upload.uploadId())
                .execute());
    }

    @Override
    public boolean resumed(String id, int parts, long bytes) {
        return database.inTransaction(handle -> {
            int taken = handle.createUpdate("UPDATE uploads SET run = :run, suspended = NULL, kept = :bytes"
                            + " WHERE id = :id AND suspended IS NOT NULL")
                    .bind("id", id)
                    .bind("run", run)
                    .bind("bytes", bytes < 0 ? null : (Long) bytes)
                    .execute();
            if (taken > 0) {
                handle.createUpdate("DELETE FROM upload_parts WHERE upload = :id AND number > :parts")
                        .bind("id", id)
                        .bind("parts", parts)
                        .execute();
            }
            return taken > 0;
        });
    }

    @Override
    public boolean claim(String id) {
        if (!database.isShared()) {
            return true;
        }
        return database.inTransaction(handle -> handle.createUpdate("UPDATE uploads SET run = :run, suspended = NULL"
                                + " WHERE id = :id AND (run IN ('', :run) OR suspended IS NOT NULL)")
                        .bind("id", id)
                        .bind("run", run)
                        .execute())
                > 0;
    }

    @Override
    public boolean announces() {
        return outbox.isWanted();
    }

    @Override
    public void completing(String id, ExpectedObject expected, @Nullable UploadOrigin origin) {
        database.inTransaction(handle -> {
            // The restart offset becomes unknown: it is as before, or the upload was completed.
            int known = handle.createUpdate("UPDATE uploads SET etag = :etag, kept = NULL WHERE id = :id")
                    .bind("id", id)
                    .bind("etag", expected.etag())
                    .execute();
            if (known > 0 && origin != null && outbox.isWanted()) {
                commits.add(handle, id, expected, origin, clock.instant());
            }
            return known;
        });
    }

    @Override
    public String putting(ObjectKey key, ExpectedObject expected, UploadOrigin origin) {
        String id = UUID.randomUUID().toString();
        Instant now = clock.instant();
        database.inTransaction(handle -> {
            int added = handle.createUpdate("INSERT INTO uploads (id, run, bucket, key, upload_id, started, etag)"
                            + " VALUES (:id, :run, :bucket, :key, '', :started, :etag)")
                    .bind("id", id)
                    .bind("run", run)
                    .bind("bucket", key.bucket())
                    .bind("key", key.key())
                    .bind("started", now.getEpochSecond())
                    .bind("etag", expected.etag())
                    .execute();
            commits.add(handle, id, expected, origin, now);
            return added;
        });
        return id;
    }

    @Override
    public void stored(String id, StoredVersion version) {
        recording(id, () -> {
            Set<String> live = outbox.isWanted() ? database.liveRuns() : Set.of();
            boolean announced = database.inTransaction(handle -> {
                Optional<StoredUpload> upload = announced(handle, id, version);
                // Another gateway may find out at the same time.
                if (delete(handle, id) == 0 || upload.isEmpty()) {
                    return false;
                }
                announce(handle, upload.get(), live);
                return true;
            });
            if (announced) {
                outbox.committed();
            }
        });
    }

    private Optional<StoredUpload> announced(Handle handle, String id, StoredVersion version) {
        return outbox.isWanted() ? commits.announced(handle, id, version) : Optional.empty();
    }

    private void announce(Handle handle, StoredUpload upload, Set<String> live) {
        CommitTable.removeEarlier(handle, upload, live);
        outbox.stored(handle, upload);
    }

    @Override
    public boolean found(Commit commit, StoredVersion version) {
        Set<String> live = database.liveRuns();
        boolean ended = database.inTransaction(handle -> {
            if (!CommitTable.lock(handle, commit, live)) {
                return false;
            }
            Optional<StoredUpload> upload = announced(handle, commit.id(), version);
            if (upload.isPresent() && CommitTable.hasLater(handle, upload.get())) {
                return false;
            }
            if (commit.uploadId().isEmpty()) {
                delete(handle, commit.id());
            } else {
                CommitTable.remove(handle, List.of(commit.id()));
                abandon(handle, commit.id());
            }
            upload.ifPresent(stored -> announce(handle, stored, live));
            return true;
        });
        if (ended) {
            outbox.committed();
        }
        return ended;
    }

    @Override
    public boolean missing(Commit commit) {
        Set<String> live = database.liveRuns();
        return database.inTransaction(handle -> {
            boolean idle = CommitTable.lock(handle, commit, live);
            if (idle) {
                CommitTable.remove(handle, List.of(commit.id()));
            }
            return idle;
        });
    }

    @Override
    public void givenUp(Commit commit, @Nullable String problem) {
        if (missing(commit)) {
            dropped.incrementAndGet();
            log.error(
                    "Cannot determine whether the store completed {}, as requested at {}; giving up, and the upload is"
                            + " not reported: {}",
                    commit.key(),
                    commit.asked(),
                    problem);
        }
    }

    @Override
    public void refused(String id) {
        recording(
                id,
                () -> database.inTransaction(handle -> {
                    commits.removeOwn(handle, id);
                    return true;
                }));
    }

    @Override
    public void unanswered(String id) {
        recording(id, () -> leave(id));
    }

    /** Leaves an upload to the sweeper, if it is to be announced and may have been completed. */
    private boolean leave(String id) {
        AtomicInteger untold = new AtomicInteger();
        boolean left = database.inTransaction(handle -> {
            boolean unclear = commits.leave(handle, id);
            untold.set(unclear ? commits.limit(handle) : 0);
            return unclear;
        });
        dropped(untold.get());
        return left;
    }

    private void dropped(int uploads) {
        if (uploads > 0) {
            dropped.addAndGet(uploads);
            log.error(
                    "The store did not answer too many uploads; whether it has {} of them is not looked up, and they"
                            + " are not reported",
                    uploads);
        }
    }

    /** How many uploads were given up since it remained unclear whether the store has them: they are not announced. */
    public long dropped() {
        return dropped.get();
    }

    /** Records the end of an upload, now or when the database works again. */
    private void recording(String id, Runnable end) {
        try {
            end.run();
        } catch (StateException e) {
            unrecorded.put(id, end);
            throw e;
        }
    }

    @Override
    public Optional<Commit> completion(String id) {
        return database.read(handle -> CommitTable.find(handle, id));
    }

    @Override
    public List<Commit> unclear() {
        if (!outbox.isWanted()) {
            return List.of();
        }
        Set<String> live = database.liveRuns();
        return database.read(handle -> CommitTable.unclear(handle, live));
    }

    @Override
    public boolean aborting(String id) {
        return !(outbox.isWanted() && leave(id)) && claim(id);
    }

    @Override
    public boolean discarded(String id) {
        return database.inTransaction(handle -> handle.createUpdate("UPDATE uploads SET run = '', suspended = NULL"
                                + " WHERE id = :id AND suspended IS NOT NULL")
                        .bind("id", id)
                        .execute())
                > 0;
    }

    @Override
    public boolean isLive(PendingUpload upload) {
        Set<String> live = database.liveRuns();
        return database.inTransaction(handle -> handle.createQuery("SELECT COUNT(*) FROM uploads"
                                + " WHERE bucket = :bucket AND key = :key"
                                // An upload with its own row ends through that row.
                                + " AND (upload_id = :uploadId"
                                + " OR suspended IS NULL AND run IN (<live>) AND upload_id = ''"
                                // A PUT that nobody can resume never becomes a multipart upload.
                                + " AND NOT (account = ''"
                                + " AND EXISTS (SELECT 1 FROM upload_commits WHERE upload = uploads.id)))")
                        .bindList("live", live)
                        .bind("bucket", upload.key().bucket())
                        .bind("key", upload.key().key())
                        .bind("uploadId", upload.uploadId())
                        .mapTo(Integer.class)
                        .one())
                > 0;
    }

    private record Left(String run, Entry entry) {}

    /**
     * A gateway that lost a shared database for a moment looks as if it had died. So the rows of runs that ended since
     * the last look are left until the next.
     */
    @Override
    public synchronized List<Entry> leftBehind() {
        Set<String> live = database.liveRuns();
        List<Left> left =
                database.inTransaction(handle -> handle.createQuery("SELECT run, id, bucket, key, upload_id, started"
                                + " FROM uploads WHERE run NOT IN (<live>) AND suspended IS NULL"
                                + (outbox.isWanted()
                                        ? " AND NOT EXISTS (SELECT 1 FROM upload_commits WHERE upload = uploads.id)"
                                        : "")
                                + " ORDER BY started")
                        .bindList("live", live)
                        .map((row, context) -> new Left(
                                row.getString(1),
                                new Entry(
                                        row.getString(2),
                                        new ObjectKey(row.getString(3), row.getString(4)),
                                        row.getString(5),
                                        Instant.ofEpochSecond(row.getLong(6)))))
                        .list());
        Set<String> goneBefore = gone;
        gone = left.stream().map(Left::run).collect(Collectors.toSet());
        return left.stream()
                .filter(row -> !database.isShared() || row.run().isEmpty() || goneBefore.contains(row.run()))
                .map(Left::entry)
                .toList();
    }
}
