package dev.slipway.transfer.job;

import static dev.slipway.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.state.PostgresAddress;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.testing.MovedClock;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs in databases of versions that had db-scheduler, whose table then said when a job was due. */
@Postgres
class EarlierJobsTest {
    private final PostgresDatabase postgres;
    private final MovedClock clock = new MovedClock();
    private final Steps steps = new Steps();
    private final Instant before = Instant.now().minus(Duration.ofMinutes(10));

    @TempDir
    private Path folder;

    EarlierJobsTest(PostgresDatabase postgres) {
        this.postgres = postgres;
    }

    @Test
    void jobsInAFileRunAfterTheUpgrade() throws Exception {
        Path file = folder.resolve("state.db");
        assertRunsJobsOfEarlierVersion("jdbc:sqlite:" + file, () -> StateDatabase.open(file));
    }

    @Test
    void jobsOnAServerRunAfterTheUpgrade() throws Exception {
        String url = postgres.url();
        assertRunsJobsOfEarlierVersion(url, () -> StateDatabase.open(new PostgresAddress(url, null, null)));
    }

    private interface Opening {
        StateDatabase open();
    }

    /** A row of the table of jobs, as it was. */
    private record Row(
            String id,
            JobState state,
            int attempt,
            @Nullable Instant nextAttempt,
            @Nullable String remote,
            @Nullable String gateway,
            boolean slot,
            boolean parked,
            @Nullable Instant ended,
            boolean discarding) {
        static Row waiting(String id, JobState state, int attempt, @Nullable Instant nextAttempt) {
            return new Row(id, state, attempt, nextAttempt, null, null, false, false, null, false);
        }

        void insert(Connection connection, Instant created) throws SQLException {
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO jobs (id, kind, request, remote, source, destination, priority, submitter,"
                            + " correlation, state, phase, attempt, bytes_done, bytes_total, files_done, files_total,"
                            + " message, created, ended, next_attempt, checkpoint, gateway, slot, parked, failures,"
                            + " furthest, discarding) VALUES (?, 'steps', '', ?, '', '', 0, 'anna', '', ?, '', ?, 0,"
                            + " -1, 0, -1, '', ?, ?, ?, 'checkpoint', ?, ?, ?, 0, 0, ?)")) {
                insert.setString(1, id);
                insert.setString(2, remote);
                insert.setString(3, state.name());
                insert.setInt(4, attempt);
                insert.setLong(5, created.toEpochMilli());
                insert.setObject(6, ended == null ? null : ended.toEpochMilli());
                insert.setObject(7, nextAttempt == null ? null : nextAttempt.toEpochMilli());
                insert.setString(8, gateway);
                insert.setBoolean(9, slot);
                insert.setBoolean(10, parked);
                insert.setBoolean(11, discarding);
                insert.execute();
            }
        }
    }

    private void assertRunsJobsOfEarlierVersion(String url, Opening opening) throws Exception {
        Flyway.configure()
                .dataSource(url, null, null)
                .locations("classpath:dev/slipway/core/state/migration")
                .table("slipway_schema_history")
                .target("18")
                .load()
                .migrate();
        Instant later = Instant.now().plus(Duration.ofHours(1));
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            Row.waiting("queued", JobState.QUEUED, 0, before).insert(connection, before);
            Row.waiting("later", JobState.QUEUED, 1, later).insert(connection, before);
            Row.waiting("space", JobState.WAITING_FOR_SPACE, 1, before).insert(connection, before);
            Row.waiting("batch", JobState.RUNNING, 1, before).insert(connection, before);
            Row.waiting("paused", JobState.PAUSED, 1, null).insert(connection, before);
            new Row("running", JobState.RUNNING, 1, null, "vault", "1", true, false, null, false)
                    .insert(connection, before);
            new Row("parked", JobState.QUEUED, 0, before, "vault", null, false, true, null, false)
                    .insert(connection, before);
            new Row("failed", JobState.FAILED, 1, null, null, null, false, false, before, true)
                    .insert(connection, before);
            new Row("done", JobState.SUCCEEDED, 1, null, null, null, false, false, before, false)
                    .insert(connection, before);
            statement.execute("INSERT INTO scheduled_tasks (task_name, task_instance, execution_time, picked, version)"
                    + " SELECT kind, id, CURRENT_TIMESTAMP, parked, 1 FROM jobs");
        }
        try (StateDatabase database = opening.open();
                JobEngine jobs = new JobEngine(database, clock, JobFixture.SETTINGS, _ -> 1)) {
            jobs.register(steps);
            jobs.start();
            for (String id : new String[] {"queued", "space", "batch", "running", "parked"}) {
                JobFixture.awaitState(jobs, id, JobState.SUCCEEDED);
            }
            assertThat(jobs.find("running").orElseThrow().attempt()).isEqualTo(2);
            assertThat(jobs.find("space").orElseThrow().attempt()).isEqualTo(1);
            await("leftovers are removed", () -> steps.discards.contains("failed checkpoint"));
            assertThat(jobs.find("parked").orElseThrow().wanted().resources())
                    .containsExactly(Resource.remote("vault"));

            assertThat(JobFixture.state(jobs, "later")).isEqualTo(JobState.QUEUED);
            clock.advance(Duration.ofHours(1));
            JobFixture.awaitState(jobs, "later", JobState.SUCCEEDED);
            assertThat(JobFixture.state(jobs, "paused")).isEqualTo(JobState.PAUSED);
            assertThat(jobs.resume("paused")).isTrue();
            JobFixture.awaitState(jobs, "paused", JobState.SUCCEEDED);
            assertThat(steps.runs)
                    .containsExactlyInAnyOrder("queued", "space", "batch", "running", "parked", "later", "paused");
        }
    }
}
