package dev.slipway.core.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.state.AttributeTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.StateException;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Instant;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConcurrentRequestTest {
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void close() {
        executor.close();
    }

    private <T> ConcurrentRequest<T> start(FailureReports.Operation<T> request) {
        return ConcurrentRequest.start(executor, request);
    }

    @Test
    void theResultOfTheOtherThreadComesOut() throws Exception {
        assertThat(start(() -> "found").result()).isEqualTo("found");
    }

    @Test
    void aFailureOfTheStoreComesOutAsItIs() {
        StoreException failure = new StoreException(Failure.PERMISSION_DENIED, "no");

        assertThatThrownBy(start(() -> {
                    throw failure;
                })::result)
                .isSameAs(failure);
    }

    @Test
    void aFailureOfTheStateDatabaseIsReportedAsOnTheSameThread(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("state.db");
        ObjectInfo version = new ObjectInfo(new ObjectKey("bucket", "file"), 1, "\"1\"", Instant.EPOCH);
        try (StateDatabase database = StateDatabase.open(file)) {
            AttributeTable attributes = new AttributeTable(database);
            try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                    Statement statement = connection.createStatement()) {
                statement.execute("DROP TABLE attributes");
            }
            FailureReports.Operation<Instant> request =
                    () -> attributes.modified(version).orElse(Instant.EPOCH);

            assertThatThrownBy(start(request)::result).isInstanceOf(StateException.class);
            assertThatThrownBy(() -> FailureReports.reporting(VirtualPath.ROOT, start(request)::result))
                    .isInstanceOfSatisfying(
                            VfsException.class, e -> assertThat(e.failure()).isEqualTo(Failure.UNAVAILABLE));
        }
    }
}
