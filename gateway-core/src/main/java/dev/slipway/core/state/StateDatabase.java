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
 * The state database, brought to the present schema when it is opened: a SQLite file, which belongs to one gateway, or a
 * PostgreSQL database, which several gateways may share. Safe for use by several threads.
 *
 * <p>Work runs on a few platform threads, because SQLite's native calls would pin the carrier of a virtual thread.
 */
public final class StateDatabase implements AutoCloseable {
    private static final int THREADS = 4;

    /** A server is waited for, not computed with. */
    private static final int SHARED_THREADS = 8;

    private static final int TRIES = 5;

    /** A disk with less is as good as full: what is written goes to a log first, and then to the file. */
    private static final long LEAST_FREE_BYTES = 256 << 10;

    /** SQLState class 40, transaction rollback: nothing happened, and another try may do it. */
    private static final String ROLLED_BACK = "40";

    private final HikariDataSource dataSource;
    private final Jdbi jdbi;
    private final ExecutorService threads;
    private final Runs runs;
    private final PreparedQueries prepared = new PreparedQueries();
    private final StateOutage outage = new StateOutage();

    private StateDatabase(HikariDataSource dataSource, Runs runs) {
        this.dataSource = dataSource;
        this.runs = runs;
        this.jdbi = Jdbi.create(dataSource);
        this.threads = Executors.newFixedThreadPool(
                dataSource.getMaximumPoolSize(),
                Thread.ofPlatform().name("state-", 0).daemon().factory());
    }

    /**
     * Opens a database file, creating it and its folder if need be. Blocks for the migration. The file belongs to one
     * gateway at a time: what another one is doing would look like what an earlier one has left behind.
     *
     * @throws UncheckedIOException if the folder cannot be made
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
     * Opens a PostgreSQL database that other gateways may have open, too. Blocks for the migration. Others see that this
     * gateway runs by an advisory lock, which ends with its connection: a pool that gives a connection to another client
     * after each transaction must not stand between.
     *
     * @throws IllegalStateException if the database cannot be reached or changed, with what the server answered
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
     * Opens a database beside the gateways that have it open, for a command that changes a few rows. Brings it to the
     * present schema if need be: PostgreSQL's can be changed while older gateways use it. Blocks for that.
     *
     * @throws IllegalStateException if the database cannot be reached or changed, with what the server answered
     */
    public static StateDatabase join(PostgresAddress address) {
        return migrated(PostgresRuns.connect(address, THREADS), new SqliteFile.OnlyRun(null, null), true);
    }

    /** Closes the source of connections if the database cannot be used. */
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
     * Opens a database file beside a gateway that may have it open, for a command that changes a few rows. Creates the
     * file, and brings it to the present schema, if need be and no gateway has it open. Blocks for that.
     *
     * @throws UncheckedIOException if the folder cannot be made
     * @throws IllegalStateException if a gateway of an earlier version has it open, or another command is just making it
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
     * Writes a copy of a database file as it is at this moment, whether a gateway has it open or not. The copy is whole or
     * not there at all. Only its owner may read it: it holds password hashes. Blocks until it is on the disk.
     *
     * @param copy must not exist yet
     * @throws IOException if there is no such database, or the copy exists or cannot be written
     */
    public static void backup(Path file, Path copy) throws IOException {
        SqliteFile.backup(file, copy);
    }

    /** What the rows that this gateway writes name it by, for as long as it runs. */
    public String run() {
        return runs.own();
    }

    /**
     * The gateways that are running on this database, this one among them. Rows of others are of no one any more.
     *
     * @throws StateException if the database could not be asked
     */
    public Set<String> liveRuns() {
        return await(runs::live);
    }

    /**
     * Why the database cannot be used, if an operation has failed for that; {@link #check} finds out that it can be again.
     */
    public Optional<String> problem() {
        return outage.problem();
    }

    /**
     * Finds out whether rows can be written, by writing one as it is. Blocks for it.
     *
     * @throws StateException if they cannot, or if there is hardly room for more
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

    /** Whether other gateways may work on this database at the same time. */
    public boolean isShared() {
        return runs.shared();
    }

    /**
     * Runs work in one transaction. Blocks until it is committed.
     *
     * @throws StateException if the database could not do it
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

    /** Two transactions of different gateways may each have what the other wants. */
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
     * Runs a single query, which does not keep writers waiting as a transaction would. Blocks for it.
     *
     * @throws StateException if the database could not do it
     */
    public <T> T read(HandleCallback<T, RuntimeException> query) {
        return await(() -> jdbi.withHandle(query));
    }

    /**
     * The first row that a query finds: for what is asked for each file. Blocks for it.
     *
     * @param sql one of a few, with a question mark for each parameter: it stays prepared
     * @throws StateException if the database could not do it
     */
    <T> Optional<T> first(String sql, List<String> parameters, PreparedQueries.Row<T> row) {
        return await(() -> {
            try (Connection connection = dataSource.getConnection()) {
                return prepared.first(connection, sql, parameters, row);
            }
        });
    }

    /**
     * For libraries that work on the database by themselves: its connections, which are few. SQLite's block the carrier of a
     * virtual thread.
     */
    public DataSource dataSource() {
        return dataSource;
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
        dataSource.close();
        runs.close();
    }
}
