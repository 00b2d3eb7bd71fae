package dev.slipway.transfer.outcome;

import dev.slipway.core.state.StateDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteOutcomesTest extends OutcomesContract {
    @TempDir
    private Path folder;

    @Override
    StateDatabase open() {
        return StateDatabase.open(folder.resolve("state.db"));
    }
}
