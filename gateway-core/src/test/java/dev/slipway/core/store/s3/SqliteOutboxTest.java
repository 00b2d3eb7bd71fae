package dev.slipway.core.store.s3;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteOutboxTest extends OutboxContract {
    SqliteOutboxTest(@TempDir Path folder) {
        super(() -> TestState.open(folder));
    }
}
