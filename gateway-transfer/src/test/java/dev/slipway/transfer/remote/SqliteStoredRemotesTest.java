package dev.slipway.transfer.remote;

import dev.slipway.core.state.StateDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoredRemotesTest extends StoredRemotesContract {
    @TempDir
    private Path folder;

    @Override
    StateDatabase open() {
        return StateDatabase.open(folder.resolve("state.db"));
    }
}
