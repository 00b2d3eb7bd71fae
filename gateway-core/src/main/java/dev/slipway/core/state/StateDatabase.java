package dev.slipway.core.state;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;

/**
 * The state database, migrated to the current schema when it is opened: a SQLite file, which belongs to one gateway, or
 * a PostgreSQL database, which several gateways may share. Thread-safe.
 *
 * <p>Work runs on a few platform threads, because SQLite's native calls would pin the carrier of a virtual thread.
 */
public final class StateDatabase implements AutoCloseable {
    private static final int THREADS = 4;

    /** Threads of a PostgreSQL database mostly wait for the server. */
    private static final int SHARED_THREADS = 8;

    private static final int TRIES = 5;

    /** A disk with less free space counts as full: changes are written to a log first, and then to the file. */
    private static final long LEAST_FREE_BYTES = 256 << 10;

    /** SQLState class 40, transaction rollback: the transaction had no effect and may be retried. */
    private static final String ROLLED_BACK = "40";

    private final DataSource dataSource;
    private final AutoCloseable connections;
    private final Jdbi jdbi;
    private final ExecutorService threads;
    private final Runs runs;
    private final PreparedQueries prepared = new PreparedQueries();
    private final StateOutage outage = new StateOutage();

    private StateDatabase(HikariDataSource dataSource, Runs runs) {
        this(dataSource, dataSource, dataSource.getMaximumPoolSize(), runs);
    }

    /**
     * @param connections closed with this
     * @param most connections at once, at least 1
     */
    private StateDatabase(DataSource dataSource, AutoCloseable connections, int most, Runs runs) {
        this.dataSource = dataSource;
        this.connections = connections;
        this.runs = runs;
        this.jdbi = Jdbi.create(dataSource);
        this.threads = Executors.newFixedThreadPool(
                most, Thread.ofPlatform().name("state-", 0).daemon().factory());
    }

    /**
     * Opens a database file; creates it and its folder if necessary. Blocks for the migration. The file belongs to one
     * gateway at a time: the work of a second gateway would look like leftovers of an earlier run.
     *
     * @throws UncheckedIOException if the folder cannot be created
     * @throws IllegalStateException if another gateway has it open
     */
    public static StateDatabase open(Path file) {
        Path absolute = SqliteFile.prepared(file);
        FileChannel ownership = SqliteFile.own(absolute);
        if (ownership == null) {
            throw new IllegalStateException(
                    "the state database " + absolute + " is in use by another gateway; give each its own");
        }
        try {
            return migrated(SqliteFile.connect(absolute, THREADS), new SqliteFile.OnlyRun(absolute, ownership), false);
        } catch (RuntimeException e) {
            SqliteFile.disown(ownership);
            throw e;
        }
    }

    /**
     * Opens a PostgreSQL database, which other gateways may also have open. Blocks for the migration. Others detect
     * this gateway by an advisory lock, which ends with its connection; so the connection must not go through a pooler
     * that assigns it to another client after each transaction.
     *
     * @throws IllegalStateException if the database cannot be reached or changed, with the server's answer
     */
    public static StateDatabase open(PostgresAddress address) {
        HikariDataSource dataSource = PostgresRuns.connect(address, SHARED_THREADS);
        PostgresRuns runs;
        try {
            runs = new PostgresRuns(address, dataSource);
        } catch (SQLException | RuntimeException e) {
            dataSource.close();
            throw new IllegalStateException(address.host() + ": " + e.getMessage(), e);
        }
        try {
            return migrated(dataSource, runs, true);
        } catch (RuntimeException e) {
            runs.close();
            throw e;
        }
    }

    /**
     * As above, with connections from a pool of another program, which closes it after this. Up to 9 are in use at once; one
     * of them is held until this is closed.
     *
     * @throws IllegalStateException if it is not PostgreSQL, or the database cannot be reached or changed
     */
    public static StateDatabase open(DataSource pool) {
        PostgresRuns runs;
        try {
            try (Connection connection = pool.getConnection()) {
                String product = connection.getMetaData().getDatabaseProductName();
                if (!"PostgreSQL".equals(product)) {
                    throw new IllegalStateException(
                            "the data source for the state is " + product + "; it must be PostgreSQL");
                }
            }
            runs = new PostgresRuns(pool);
        } catch (SQLException e) {
            throw new IllegalStateException("the data source for the state cannot be used: " + e.getMessage(), e);
        }
        try {
            new StateSchema(pool, true).migrate();
            return new StateDatabase(pool, () -> {}, SHARED_THREADS, runs);
        } catch (RuntimeException e) {
            runs.close();
            throw e;
        }
    }

    /**
     * Opens a database that gateways may have open, for a command that changes a few rows. Migrates it if necessary:
     * PostgreSQL's schema can be changed while older gateways use it. Blocks for that.
     *
     * @throws IllegalStateException if the database cannot be reached or changed, with the server's answer
     */
    public static StateDatabase join(PostgresAddress address) {
        return migrated(PostgresRuns.connect(address, THREADS), new SqliteFile.OnlyRun(null, null), true);
    }

    /** Closes the data source if the database cannot be used. */
    private static StateDatabase migrated(HikariDataSource dataSource, Runs runs, boolean isShared) {
        try {
            new StateSchema(dataSource, isShared).migrate();
            return new StateDatabase(dataSource, runs);
        } catch (RuntimeException e) {
            dataSource.close();
            throw e;
        }
    }

    /**
     * Opens a database file that a gateway may have open, for a command that changes a few rows. Creates or migrates
     * the file, if necessary and no gateway has it open. Blocks for that.
     *
     * @throws UncheckedIOException if the folder cannot be created
     * @throws IllegalStateException if a gateway of an earlier version has it open, or another command is just creating
     *     it
     */
    public static StateDatabase join(Path file) {
        Path absolute = SqliteFile.prepared(file);
        HikariDataSource dataSource = SqliteFile.connect(absolute, THREADS);
        try {
            StateSchema schema = new StateSchema(dataSource, false);
            if (schema.isOutdated()) {
                FileChannel ownership = SqliteFile.own(absolute);
                if (ownership == null) {
                    throw new IllegalStateException("the state database " + absolute
                            + " is in use by a gateway of an earlier version; restart that with this version first");
                }
                try {
                    schema.migrate();
                } finally {
                    SqliteFile.disown(ownership);
                }
            }
            return new StateDatabase(dataSource, new SqliteFile.OnlyRun(absolute, null));
        } catch (RuntimeException e) {
            dataSource.close();
            throw e;
        }
    }

    /**
     * Writes a consistent copy of a database file, whether a gateway has it open or not. The copy is complete or does
     * not exist. Only its owner may read it, since it contains password hashes. Blocks until the copy is on disk.
     *
     * @param copy must not exist yet
     * @throws IOException if there is no such database, or the copy exists or cannot be written
     */
    public static void backup(Path file, Path copy) throws IOException {
        SqliteFile.backup(file, copy);
    }

    /** The id of this run, which marks the rows of this gateway. */
    public String run() {
        return runs.own();
    }

    /**
     * The ids of the runs on this database, this gateway's included. Rows of other runs belong to no live gateway.
     *
     * @throws StateException if the database did not answer
     */
    public Set<String> liveRuns() {
        return await(runs::live);
    }

    /** Why the database cannot be used, if an operation has failed for that reason; {@link #check} clears it. */
    public Optional<String> problem() {
        return outage.problem();
    }

    /**
     * Checks whether rows can be written, by writing one unchanged. Blocks.
     *
     * @throws StateException if not, or if there is hardly any free space
     */
    public void check() {
        if (runs.freeBytes() < LEAST_FREE_BYTES) {
            StateException full = StateException.outage(StateException.DISK_FULL);
            outage.failed(full);
            throw full;
        }
        int _ = inTransaction(handle -> handle.execute("UPDATE revisions SET number = number WHERE name = 'accounts'"));
        outage.works();
    }

    /** Whether other gateways may use this database at the same time. */
    public boolean isShared() {
        return runs.shared();
    }

    /**
     * Runs work in one transaction. Blocks until it is committed.
     *
     * @throws StateException if it failed in the database
     */
    public <T> T inTransaction(HandleCallback<T, RuntimeException> work) {
        return await(() -> {
            for (int tried = 1; ; tried++) {
                try {
                    return jdbi.inTransaction(work);
                } catch (RuntimeException e) {
                    if (tried == TRIES || !isRolledBack(e)) {
                        throw e;
                    }
                }
            }
        });
    }

    /** Transactions of two gateways may each hold a row that the other needs. */
    private static boolean isRolledBack(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql
                    && sql.getSQLState() != null
                    && sql.getSQLState().startsWith(ROLLED_BACK)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Runs a single query, without keeping writers waiting as a transaction would. Blocks.
     *
     * @throws StateException if it failed in the database
     */
    public <T> T read(HandleCallback<T, RuntimeException> query) {
        return await(() -> jdbi.withHandle(query));
    }

    /**
     * Returns the first row of a query, for queries that run for each file. Blocks.
     *
     * @param sql one of a few statements, with a question mark for each parameter: it stays prepared
     * @throws StateException if it failed in the database
     */
    <T> Optional<T> first(String sql, List<String> parameters, PreparedQueries.Row<T> row) {
        return await(() -> {
            try (Connection connection = dataSource.getConnection()) {
                return prepared.first(connection, sql, parameters, row);
            }
        });
    }

    private <T> T await(Callable<T> work) {
        boolean interrupted = false;
        var result = threads.submit(work);
        try {
            while (true) {
                try {
                    return result.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    StateException failure = StateException.of(e.getCause() == null ? e : e.getCause());
                    if (failure.isOutage()) {
                        outage.failed(failure);
                    }
                    throw failure;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        threads.close();
        try {
            connections.close();
        } catch (Exception e) {
            throw new IllegalStateException("the connections to the state database do not close", e);
        } finally {
            runs.close();
        }
    }
}
