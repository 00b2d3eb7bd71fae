package dev.slipway.transfer.job;

import com.github.kagkarlsson.scheduler.jdbc.SqliteJdbcCustomization;

/**
 * Has db-scheduler take due rows of SQLite in one transaction, as it does with other databases, so that it never takes more
 * than it has threads for. The connections of the state database begin transactions with the lock for writing, which stands
 * in for {@code FOR UPDATE}.
 */
final class SqliteTasks extends SqliteJdbcCustomization {
    @Override
    public boolean supportsGenericLockAndFetch() {
        return true;
    }

    @Override
    public String createGenericSelectForUpdateQuery(
            String tableName, int limit, String requiredAndCondition, boolean orderByPriority) {
        return createSelectDueQuery(tableName, limit, requiredAndCondition, orderByPriority);
    }
}
