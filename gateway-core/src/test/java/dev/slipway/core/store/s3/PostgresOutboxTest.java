package dev.slipway.core.store.s3;

import dev.slipway.core.state.PostgresAddress;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;

@Postgres
class PostgresOutboxTest extends OutboxContract {
    PostgresOutboxTest(PostgresDatabase database) {
        super(() -> StateDatabase.open(new PostgresAddress(database.url(), null, null)));
    }
}
