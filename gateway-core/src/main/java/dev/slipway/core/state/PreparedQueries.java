package dev.slipway.core.state;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sqlite.SQLiteConnection;

/**
 * Queries that run for each file. SQLite's driver does not cache prepared statements, so here they stay prepared for as
 * long as their connection is open. Thread-safe.
 */
final class PreparedQueries {
    @GuardedBy("this")
    private final Map<SQLiteConnection, Map<String, PreparedStatement>> kept = new HashMap<>();

    /** Converts a result's current row. */
    @FunctionalInterface
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /**
     * Returns the first row of a query. Blocks.
     *
     * @param connection the caller's, used by nobody else meanwhile
     * @param sql one of a few statements: each stays prepared
     */
    <T> Optional<T> first(Connection connection, String sql, List<String> parameters, Row<T> row) throws SQLException {
        if (connection.isWrapperFor(SQLiteConnection.class)) {
            return first(prepared(connection.unwrap(SQLiteConnection.class), sql), parameters, row);
        }
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            return first(statement, parameters, row);
        }
    }

    private static <T> Optional<T> first(PreparedStatement statement, List<String> parameters, Row<T> row)
            throws SQLException {
        for (int i = 0; i < parameters.size(); i++) {
            statement.setString(i + 1, parameters.get(i));
        }
        try (ResultSet found = statement.executeQuery()) {
            return found.next() ? Optional.of(row.read(found)) : Optional.empty();
        }
    }

    private synchronized PreparedStatement prepared(SQLiteConnection connection, String sql) throws SQLException {
        Map<String, PreparedStatement> statements = kept.get(connection);
        if (statements == null) {
            // The pool replaces its connections at intervals; closing one closes its statements.
            for (SQLiteConnection other : List.copyOf(kept.keySet())) {
                if (other.isClosed()) {
                    kept.remove(other);
                }
            }
            statements = new HashMap<>();
            kept.put(connection, statements);
        }
        PreparedStatement statement = statements.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            statements.put(sql, statement);
        }
        return statement;
    }
}
