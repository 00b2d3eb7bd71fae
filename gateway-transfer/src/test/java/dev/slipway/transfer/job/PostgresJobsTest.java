package dev.slipway.transfer.job;

import dev.slipway.core.state.PostgresAddress;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;

@Postgres
class PostgresJobsTest extends JobContract {
    private final PostgresAddress address;

    PostgresJobsTest(PostgresDatabase database) {
        address = new PostgresAddress(database.url(), null, null);
    }

    @Override
    StateDatabase open() {
        return StateDatabase.open(address);
    }

    @Override
    StateDatabase beside() {
        return open();
    }
}
