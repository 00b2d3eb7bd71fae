package dev.slipway.core.state;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Locks on paths that hold for all gateways on one PostgreSQL database. Those of one gateway do not exclude each other:
 * the caller keeps the gateway's own threads apart.
 *
 * <p>A lock is a few rows. Locks that exclude each other take turns in the order in which they were asked for. A short
 * transaction takes PostgreSQL's advisory locks of all paths, in one order, and writes the rows behind those that are
 * there; so two gateways cannot both see a free path. No database connection is held while a lock is held or awaited.
 *
 * <p>A gateway's locks end with the gateway, after the time of the lease: a gateway that has lost the database for a
 * moment looks as if it had died. Thread-safe.
 */
public final class LockTable implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LockTable.class);

    /** How long a gateway may look dead before its locks end. */
    private static final Duration LEASE = Duration.ofSeconds(10);

    /** The first half of the keys of advisory locks; a value that nobody else on the server should use ("SLPL"). */
    private static final int LOCK_CLASS = 0x534C504C;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(5);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(200);
    private static final Duration RELEASE_PAUSE = Duration.ofSeconds(1);

    /** How often those who wait look whether others have died, all of a gateway together. */
    private static final Duration LOOK_PAUSE = Duration.ofMillis(500);

    private static final String PATHS = "unnest(?::text[], ?::text[], ?::boolean[]) AS wanted(bucket, path, exclusive)";

    /** If PostgreSQL crashes, all gateways lose their locks anyway, so nobody waits for its disk. */
    private static final String ENTER = "SELECT set_config('synchronous_commit', 'off', true),"
            + " CASE WHEN wanted.exclusive THEN pg_advisory_xact_lock(?, wanted.hash)"
            + " ELSE pg_advisory_xact_lock_shared(?, wanted.hash) END"
            + " FROM unnest(?::int[], ?::boolean[]) AS wanted(hash, exclusive)";

    private static final String QUEUE = "WITH wanted AS (SELECT * FROM " + PATHS + "),"
            + " earlier AS (SELECT held.run, held.turn FROM path_locks held JOIN wanted"
            + " ON held.bucket = wanted.bucket AND held.path = wanted.path"
            + " WHERE (held.exclusive OR wanted.exclusive) AND held.run <> ?),"
            + " added AS (INSERT INTO path_locks (id, run, bucket, path, exclusive, turn)"
            + " SELECT ?, ?, bucket, path, exclusive, (SELECT COALESCE(MAX(turn), 0) + 1 FROM earlier) FROM wanted)"
            + " SELECT DISTINCT revisions.number, earlier.run FROM revisions LEFT JOIN earlier ON TRUE"
            + " WHERE revisions.name = 'directories'";

    private static final String LOOK = "SELECT DISTINCT revisions.number, held.run FROM revisions"
            + " JOIN path_locks own ON own.id = ? LEFT JOIN path_locks held"
            + " ON held.bucket = own.bucket AND held.path = own.path AND (held.exclusive OR own.exclusive)"
            + " AND held.run <> own.run AND held.turn < own.turn WHERE revisions.name = 'directories'";

    private final StateDatabase database;
    private final Duration lease;
    private final CountDownLatch closing = new CountDownLatch(1);

    /** When gateways with locks in somebody's way began to look dead, in nanoseconds. Guarded by this. */
    private final Map<String, Long> deadSince = new HashMap<>();

    /** When waiting threads have last looked for dead gateways, in nanoseconds. */
    private final AtomicLong lastLook = new AtomicLong(System.nanoTime() - LOOK_PAUSE.toNanos());

    /** The locks of this gateway that are held or awaited. All others in the table that have its run were left behind. */
    private final Set<String> present = ConcurrentHashMap.newKeySet();

    private final AtomicBoolean leftBehind = new AtomicBoolean();
    private final AtomicBoolean changesLeftBehind = new AtomicBoolean();

    /**
     * A path to lock.
     *
     * @param path without a trailing slash
     * @param exclusive whether nobody else may lock it; otherwise, others may lock it so as well
     */
    public record Path(String bucket, String path, boolean exclusive) {
        private int hash() {
            return Objects.hash(bucket, path);
        }
    }

    /** What a gateway found when it asked for a lock: those it has to wait for, and the number of directory changes. */
    private record Found(Set<String> earlier, long directoryChanges) {}

    /** A lock; to be closed once. */
    public final class Lock implements AutoCloseable {
        private final String id;
        private final long directoryChanges;
        private volatile boolean changesDirectories;

        private Lock(String id, long directoryChanges) {
            this.id = id;
            this.directoryChanges = directoryChanges;
        }

        /** A number that has grown if any gateway's lock has {@linkplain #directoriesChanged changed directories}. */
        public long directoryChanges() {
            return directoryChanges;
        }

        /** Some directories were created or removed: to be told before this is closed. */
        public void directoriesChanged() {
            changesDirectories = true;
        }

        /**
         * Ends the lock. If the database fails, this happens when it works again. If others have ended it before, the log
         * says so. Blocks for the database.
         */
        @Override
        public void close() {
            if (release(id, changesDirectories) == Release.NOTHING) {
                log.warn(
                        "A path lock had ended before it was released: this gateway could not reach the database for some"
                                + " time, or PostgreSQL has crashed. Other gateways may have changed the same files meanwhile");
            }
        }
    }

    /** In the same database as the attributes. */
    public LockTable(AttributeTable attributes) {
        this(attributes.database(), LEASE);
    }

    /** @param lease how long a gateway may look dead before its locks end */
    LockTable(StateDatabase database, Duration lease) {
        this.database = database;
        this.lease = lease;
    }

    /** Whether other gateways may use the database; otherwise, nobody needs these locks. */
    public boolean isNeeded() {
        return database.isShared();
    }

    /**
     * Locks paths. Blocks for the database, and for other gateways.
     *
     * @param paths each once, at least one
     * @param wait the longest time to wait for other gateways
     * @return empty if they could not be locked in time, the thread was interrupted, or this is closed
     * @throws StateException if the database failed; then nothing is locked
     */
    public Optional<Lock> lock(Collection<Path> paths, Duration wait) {
        String id = UUID.randomUUID().toString();
        present.add(id);
        Optional<Lock> lock = Optional.empty();
        try {
            Found found = database.inTransaction(handle -> queue(handle, id, paths));
            lock = found.earlier().isEmpty()
                    ? Optional.of(new Lock(id, found.directoryChanges()))
                    : await(id, found.earlier(), System.nanoTime() + wait.toNanos());
        } finally {
            if (lock.isEmpty()) {
                Release _ = release(id, false);
            }
        }
        return lock;
    }

    /** Takes a place behind all locks of other gateways that exclude this one, and returns the gateways. */
    private Found queue(Handle handle, String id, Collection<Path> paths) {
        Connection connection = handle.getConnection();
        try {
            enter(connection, paths);
            try (PreparedStatement statement = connection.prepareStatement(QUEUE)) {
                statement.setArray(1, array(connection, "text", paths.stream().map(Path::bucket)));
                statement.setArray(2, array(connection, "text", paths.stream().map(Path::path)));
                statement.setArray(3, array(connection, "bool", paths.stream().map(Path::exclusive)));
                statement.setString(4, database.run());
                statement.setString(5, id);
                statement.setString(6, database.run());
                try (ResultSet rows = statement.executeQuery()) {
                    return found(rows).orElseThrow();
                }
            }
        } catch (SQLException e) {
            throw new UnableToExecuteStatementException(e, null);
        }
    }

    /** @return empty if the lock is not in the table */
    private static Optional<Found> found(ResultSet rows) throws SQLException {
        Set<String> earlier = new HashSet<>();
        boolean any = false;
        long changes = 0;
        while (rows.next()) {
            any = true;
            changes = rows.getLong(1);
            String run = rows.getString(2);
            if (run != null) {
                earlier.add(run);
            }
        }
        return any ? Optional.of(new Found(earlier, changes)) : Optional.empty();
    }

    /** Keeps others from queueing for the same paths until the end of the transaction. */
    private static void enter(Connection connection, Collection<Path> paths) throws SQLException {
        Map<Integer, Boolean> hashes = new HashMap<>();
        for (Path path : paths) {
            hashes.merge(path.hash(), path.exclusive(), Boolean::logicalOr);
        }
        // In one order, so that two transactions cannot wait for each other.
        List<Map.Entry<Integer, Boolean>> ordered = hashes.entrySet().stream()
                .sorted(Comparator.comparing(Map.Entry::getKey))
                .toList();
        try (PreparedStatement statement = connection.prepareStatement(ENTER)) {
            statement.setInt(1, LOCK_CLASS);
            statement.setInt(2, LOCK_CLASS);
            statement.setArray(3, array(connection, "int4", ordered.stream().map(Map.Entry::getKey)));
            statement.setArray(4, array(connection, "bool", ordered.stream().map(Map.Entry::getValue)));
            statement.execute();
        }
    }

    private static Array array(Connection connection, String type, Stream<?> values) throws SQLException {
        return connection.createArrayOf(type, values.toArray());
    }

    /** Waits for the turn of a lock. */
    private Optional<Lock> await(String id, Set<String> inTheWay, long deadline) {
        Set<String> earlier = inTheWay;
        long pause = FIRST_PAUSE.toNanos();
        while (true) {
            if (isTimeToLook()) {
                removeDead(earlier);
            }
            long left = deadline - System.nanoTime();
            if (left <= 0 || isClosing(Math.min(left, pause))) {
                return Optional.empty();
            }
            pause = Math.min(2 * pause, LONGEST_PAUSE.toNanos());
            Optional<Found> found = database.read(handle -> look(handle, id));
            if (found.isEmpty()) {
                // Others took this gateway for dead while it could not reach the database.
                return Optional.empty();
            }
            earlier = found.get().earlier();
            if (earlier.isEmpty()) {
                return Optional.of(new Lock(id, found.get().directoryChanges()));
            }
        }
    }

    private static Optional<Found> look(Handle handle, String id) {
        try (PreparedStatement statement = handle.getConnection().prepareStatement(LOOK)) {
            statement.setString(1, id);
            try (ResultSet rows = statement.executeQuery()) {
                return found(rows);
            }
        } catch (SQLException e) {
            throw new UnableToExecuteStatementException(e, null);
        }
    }

    /** Waits for a time; returns at once if this is closed or the thread is interrupted. */
    private boolean isClosing(long nanos) {
        try {
            return closing.await(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private boolean isTimeToLook() {
        long last = lastLook.get();
        long now = System.nanoTime();
        return now - last >= LOOK_PAUSE.toNanos() && lastLook.compareAndSet(last, now);
    }

    /** Removes the locks of gateways that have died. To be called repeatedly. Blocks for the database. */
    public void removeAbandoned() {
        Set<String> runs =
                new HashSet<>(database.read(handle -> handle.createQuery("SELECT DISTINCT run FROM path_locks")
                        .mapTo(String.class)
                        .list()));
        removeDead(runs);
    }

    /** Removes the locks of gateways that have looked dead for the time of the lease. */
    private void removeDead(Set<String> runs) {
        Set<String> live = database.liveRuns();
        Set<String> dead = new HashSet<>();
        synchronized (this) {
            deadSince.keySet().removeAll(live);
            long now = System.nanoTime();
            for (String run : runs) {
                if (!live.contains(run) && now - deadSince.computeIfAbsent(run, _ -> now) >= lease.toNanos()) {
                    dead.add(run);
                }
            }
        }
        if (!dead.isEmpty()) {
            int removed =
                    database.inTransaction(handle -> handle.createUpdate("DELETE FROM path_locks WHERE run IN (<runs>)")
                            .bindList("runs", List.copyOf(dead))
                            .execute());
            if (removed > 0) {
                log.info("Removed {} path locks of gateways that have ended", removed);
            }
            synchronized (this) {
                deadSince.keySet().removeAll(dead);
            }
        }
    }

    /** What the release of a lock has found. */
    private enum Release {
        DONE,
        /** The lock was not in the table. */
        NOTHING,
        /** The database has failed. */
        LATER
    }

    private Release release(String id, boolean changesDirectories) {
        try {
            int rows = database.inTransaction(handle -> {
                prepareRelease(handle, changesDirectories);
                return handle.createUpdate("DELETE FROM path_locks WHERE id = :id")
                        .bind("id", id)
                        .execute();
            });
            return rows > 0 ? Release.DONE : Release.NOTHING;
        } catch (StateException e) {
            if (changesDirectories) {
                changesLeftBehind.set(true);
            }
            if (releaseLater()) {
                log.warn("Path locks could not be released; this is tried again each second: {}", e.getMessage());
            }
            return Release.LATER;
        } finally {
            // Not earlier: another thread that releases what was left behind would delete the rows.
            present.remove(id);
        }
    }

    private static void prepareRelease(Handle handle, boolean changesDirectories) {
        handle.execute("SET LOCAL synchronous_commit = off");
        if (changesDirectories) {
            handle.execute("UPDATE revisions SET number = number + 1 WHERE name = 'directories'");
        }
    }

    /** Has {@link #releaseLeftBehind} called once, however many locks were left behind. Returns whether it was not to be. */
    private boolean releaseLater() {
        boolean isFirst = closing.getCount() > 0 && leftBehind.compareAndSet(false, true);
        if (isFirst) {
            CompletableFuture.delayedExecutor(RELEASE_PAUSE.toMillis(), TimeUnit.MILLISECONDS)
                    .execute(() -> Thread.startVirtualThread(this::releaseLeftBehind));
        }
        return isFirst;
    }

    /** Releases all locks of this gateway that are neither held nor awaited. */
    private void releaseLeftBehind() {
        leftBehind.set(false);
        boolean changesDirectories = changesLeftBehind.getAndSet(false);
        try {
            int released = database.inTransaction(handle -> {
                prepareRelease(handle, changesDirectories);
                List<String> ids = handle.createQuery("SELECT DISTINCT id FROM path_locks WHERE run = :run")
                        .bind("run", database.run())
                        .mapTo(String.class)
                        .list();
                ids.removeIf(present::contains);
                return ids.isEmpty()
                        ? 0
                        : handle.createUpdate("DELETE FROM path_locks WHERE id IN (<ids>)")
                                .bindList("ids", ids)
                                .execute();
            });
            log.info("Released {} path locks that were left behind", released);
        } catch (StateException e) {
            changesLeftBehind.compareAndSet(false, changesDirectories);
            boolean _ = releaseLater();
        }
    }

    /** Ends all waits. Locks that are held end as they are closed, or with this gateway's run. */
    @Override
    public void close() {
        closing.countDown();
    }
}
