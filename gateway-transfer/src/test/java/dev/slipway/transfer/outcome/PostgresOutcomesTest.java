package dev.slipway.transfer.outcome;

import dev.slipway.core.state.PostgresAddress;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;

@Postgres
class PostgresOutcomesTest extends OutcomesContract {
    private final PostgresAddress address;

    PostgresOutcomesTest(PostgresDatabase database) {
        address = new PostgresAddress(database.url(), null, null);
    }

    @Override
    StateDatabase open() {
        return StateDatabase.open(address);
    }
}
