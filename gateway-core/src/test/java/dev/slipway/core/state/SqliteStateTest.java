package dev.slipway.core.state;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteStateTest extends StateContract {
    @TempDir
    private Path folder;

    @Override
    StateDatabase open() {
        return StateDatabase.open(folder.resolve("state.db"));
    }
}
