package dev.slipway.transfer.remote;

import dev.slipway.core.state.PostgresAddress;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;

@Postgres
class PostgresStoredRemotesTest extends StoredRemotesContract {
    private final PostgresAddress address;

    PostgresStoredRemotesTest(PostgresDatabase database) {
        address = new PostgresAddress(database.url(), null, null);
    }

    @Override
    StateDatabase open() {
        return StateDatabase.open(address);
    }
}
