package dev.slipway.transfer.job;

import dev.slipway.core.state.StateDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteQueueTest extends QueueContract {
    @TempDir
    private Path folder;

    @Override
    StateDatabase open() {
        return StateDatabase.open(folder.resolve("state.db"));
    }

    @Override
    StateDatabase beside() {
        return StateDatabase.join(folder.resolve("state.db"));
    }

    @Override
    String address() {
        return folder.resolve("state.db").toString();
    }
}
