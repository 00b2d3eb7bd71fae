package dev.slipway.ingest.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.s3.memory.Call.Operation;
import dev.slipway.core.s3.memory.Faults;
import dev.slipway.core.state.PostgresAddress;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.testing.Patience;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Two gateways that share a database, and see the same folder. */
@EnabledOnOs(OS.LINUX)
@Postgres
@Timeout(Patience.TEST_SECONDS)
class SharedWatchesTest {
    private final PostgresDatabase database;
    private final Faults faults = new Faults();
    private final TestBucket bucket = TestBucket.inMemory().with(faults);

    @TempDir
    private Path folder;

    SharedWatchesTest(PostgresDatabase database) {
        this.database = database;
    }

    private WatchingGateway start() {
        return new WatchingGateway(
                bucket,
                StateDatabase.open(new PostgresAddress(database.url(), null, null)),
                WatchingGateway.settings(folder).build());
    }

    private long puts() {
        return faults.calls().stream()
                .filter(call -> call.is(Operation.PUT) && call.bytes() > 0)
                .count();
    }

    @Test
    void oneOfThemStoresEachFileAndTheOtherTakesOverWhenThatHasEnded() throws Exception {
        try (WatchingGateway other = handOver()) {
            Files.writeString(folder.resolve("later"), "2");
            other.await("/later", "2");
            other.awaitQuiet();

            assertThat(puts()).isEqualTo(2);
            assertThat(other.stored()).containsExactly("/first", "/later");
        }
    }

    private WatchingGateway handOver() throws Exception {
        try (WatchingGateway one = start()) {
            WatchingGateway other = start();
            Files.writeString(folder.resolve("first"), "1");
            one.await("/first", "1");
            one.awaitQuiet();
            assertThat(puts()).isEqualTo(1);
            return other;
        }
    }

    @Test
    void theOtherTakesOverFromOneThatWasKilled() throws Exception {
        WatchingGateway one = start();
        try (WatchingGateway other = start()) {
            Files.writeString(folder.resolve("first"), "1");
            other.await("/first", "1");
            one.awaitQuiet();

            one.kill();
            Files.writeString(folder.resolve("later"), "2");

            Patience.await("the other one has taken over", () -> other.status().scanned() != null);
            other.await("/later", "2");
            assertThat(other.stored()).containsExactly("/first", "/later");
        } finally {
            try {
                one.close();
            } catch (RuntimeException e) {
                // Its database is closed.
                assertThat(e).isNotNull();
            }
        }
    }
}
