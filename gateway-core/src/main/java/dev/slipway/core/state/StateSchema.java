package dev.slipway.core.state;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;

/**
 * The schema of the state database, and its migrations. Their names and the name of the history table are specific to
 * Slipway, because the program that embeds the gateway may use Flyway for its own database, or for other tables in this
 * one. See ADR 36.
 */
final class StateSchema {
    private static final String LOCATION = "classpath:dev/slipway/core/state/migration";

    /** The table that lists the applied migrations. */
    static final String HISTORY = "slipway_schema_history";

    /** Flyway's default name for that table, which earlier versions used. */
    private static final String EARLIER_HISTORY = "flyway_schema_history";

    /**
     * The key of an advisory lock of PostgreSQL, so that gateways that start at the same time convert the history in
     * turn.
     */
    private static final long CONVERSION_LOCK = 0x534C49505753L;

    private final DataSource dataSource;
    private final boolean isShared;
    private final Flyway flyway;

    /** @param isShared whether other programs may have tables in the database */
    StateSchema(DataSource dataSource, boolean isShared) {
        this.dataSource = dataSource;
        this.isShared = isShared;
        this.flyway = Flyway.configure(StateSchema.class.getClassLoader())
                .dataSource(dataSource)
                .locations(LOCATION)
                .table(HISTORY)
                // All or nothing: if another program has tables of these names, none of ours must be left behind.
                .group(true)
                // Otherwise Flyway refuses a schema that contains another program's tables.
                .baselineOnMigrate(isShared)
                .baselineVersion("0")
                // SQLite sorts by bytes without being told; PostgreSQL by the database's language.
                .placeholders(Map.of("bytewise", isShared ? "COLLATE \"C\"" : ""))
                .load();
    }

    /** Whether {@link #migrate} would change anything. Blocks. */
    boolean isOutdated() {
        return flyway.info().pending().length > 0;
    }

    /**
     * Migrates the schema to the current version. Blocks.
     *
     * @throws IllegalStateException with the reason, if that fails
     */
    void migrate() {
        try {
            takeOverEarlierHistory();
            flyway.migrate();
        } catch (FlywayException | SQLException e) {
            throw new IllegalStateException(
                    "the tables cannot be migrated"
                            + (isShared
                                    ? " (if another program has tables of the same names in this schema, give Slipway"
                                            + " its own: currentSchema=… in the URL): "
                                    : ": ")
                            + e.getMessage(),
                    e);
        }
    }

    /** An applied migration, as a history lists it. */
    private record Applied(String script, @Nullable Integer checksum) {}

    /**
     * Copies what an earlier version wrote to Flyway's default table. The table is removed only if it contains nothing
     * else: a host program may have its own migrations there.
     */
    private void takeOverEarlierHistory() throws SQLException {
        Set<Applied> own = Arrays.stream(flyway.info().all())
                .filter(migration -> migration.getChecksum() != null)
                .map(migration -> new Applied(migration.getScript(), migration.getChecksum()))
                .collect(Collectors.toSet());
        try (Connection connection = dataSource.getConnection()) {
            if (!exists(connection, EARLIER_HISTORY) || exists(connection, HISTORY)) {
                return;
            }
            connection.setAutoCommit(false);
            try {
                convert(connection, own);
                connection.commit();
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            } finally {
                connection.setAutoCommit(true);
            }
        }
    }

    private void convert(Connection connection, Set<Applied> own) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (isShared) {
                statement.execute("SELECT pg_advisory_xact_lock(" + CONVERSION_LOCK + ")");
                if (!exists(connection, EARLIER_HISTORY) || exists(connection, HISTORY)) {
                    return;
                }
            }
            List<Integer> ranks = new ArrayList<>();
            boolean hasOthers = false;
            try (ResultSet rows = statement.executeQuery("SELECT \"installed_rank\", \"script\", \"checksum\" FROM \""
                    + EARLIER_HISTORY + "\" ORDER BY \"installed_rank\"")) {
                while (rows.next()) {
                    int checksum = rows.getInt(3);
                    if (own.contains(new Applied(rows.getString(2), rows.wasNull() ? null : checksum))) {
                        ranks.add(rows.getInt(1));
                    } else {
                        hasOthers = true;
                    }
                }
            }
            if (ranks.isEmpty()) {
                return;
            }
            create(statement);
            copy(connection, ranks);
            if (!hasOthers) {
                statement.execute("DROP TABLE \"" + EARLIER_HISTORY + "\"");
            }
        }
    }

    /** Creates the table as Flyway would. */
    private void create(Statement statement) throws SQLException {
        statement.execute("CREATE TABLE \"" + HISTORY + "\" ("
                + "\"installed_rank\" INT NOT NULL,"
                + " \"version\" VARCHAR(50),"
                + " \"description\" VARCHAR(200) NOT NULL,"
                + " \"type\" VARCHAR(20) NOT NULL,"
                + " \"script\" VARCHAR(1000) NOT NULL,"
                + " \"checksum\" INTEGER,"
                + " \"installed_by\" VARCHAR(100) NOT NULL,"
                + " \"installed_on\" "
                + (isShared
                        ? "TIMESTAMP NOT NULL DEFAULT now(),"
                        : "TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now')),")
                + " \"execution_time\" INTEGER NOT NULL,"
                + " \"success\" BOOLEAN NOT NULL,"
                + " CONSTRAINT \"" + HISTORY + "_pk\" PRIMARY KEY (\"installed_rank\"))");
        statement.execute("CREATE INDEX \"" + HISTORY + "_s_idx\" ON \"" + HISTORY + "\" (\"success\")");
    }

    private static void copy(Connection connection, List<Integer> ranks) throws SQLException {
        String columns = "\"installed_rank\", \"version\", \"description\", \"type\", \"script\", \"checksum\","
                + " \"installed_by\", \"installed_on\", \"execution_time\", \"success\"";
        try (PreparedStatement copy = connection.prepareStatement("INSERT INTO \"" + HISTORY + "\" (" + columns
                + ") SELECT " + columns + " FROM \"" + EARLIER_HISTORY + "\" WHERE \"installed_rank\" = ?")) {
            for (int rank : ranks) {
                copy.setInt(1, rank);
                copy.executeUpdate();
            }
        }
    }

    /** Whether the connection's schema has a table. */
    private static boolean exists(Connection connection, String table) throws SQLException {
        String schema = connection.getSchema();
        try (ResultSet tables = connection.getMetaData().getTables(null, schema, table, new String[] {"TABLE"})) {
            while (tables.next()) {
                // The name is a pattern, in which an underscore matches any character.
                if (Objects.equals(schema, tables.getString("TABLE_SCHEM"))
                        && table.equals(tables.getString("TABLE_NAME"))) {
                    return true;
                }
            }
        }
        return false;
    }
}
