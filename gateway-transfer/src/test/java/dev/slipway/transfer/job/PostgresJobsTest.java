package dev.slipway.transfer.job;

import static dev.slipway.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.state.PostgresAddress;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

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

    @Override
    String address() {
        return address.url();
    }

    @Test
    void gatewaysShareTheJobsAndOneOfThemIsKilled() throws Exception {
        remoteLimits.put("vault", 3);
        AtomicInteger now = new AtomicInteger();
        AtomicBoolean tooMany = new AtomicBoolean();
        steps.on("vault", run -> {
            tooMany.compareAndSet(false, now.incrementAndGet() > 3);
            run.save("sent");
            now.decrementAndGet();
            return new JobResult.Done("");
        });
        JobEngine first = engine(open(), SETTINGS);
        List<String> ids = new ArrayList<>();
        ids.add(first.submit(named("held", "hold", null, 100)).id());
        try (KilledGateway killed = KilledGateway.start(address.url())) {
            killed.awaitAttempt(first, "held");
            for (int i = 0; i < 200; i++) {
                String request = i % 4 == 0 ? "vault" : "";
                ids.add(first.submit(named("job " + i, request, i % 4 == 0 ? "vault" : null, i % 5))
                        .id());
            }
            first.start();
            started();
            await("half is done", () -> ended(first) >= 100);
            killed.kill();
        }
        await("all is done", () -> ended(first) == ids.size());
        assertThat(tooMany).isFalse();
        for (String id : ids) {
            assertThat(state(first, id)).isEqualTo(JobState.SUCCEEDED);
            assertThat(first.attempts(id).stream().filter(attempt -> attempt.ended() != null))
                    .as("the attempts of " + id + " that came to their ends")
                    .hasSize(1);
        }
        assertThat(first.attempts("held")).hasSize(2);
        assertThat(steps.runs).doesNotHaveDuplicates();
    }

    private static int ended(Jobs jobs) {
        return jobs.list(JobFilter.in(Set.of(JobState.SUCCEEDED, JobState.FAILED), 1000))
                .size();
    }

    /** It is taken for dead when its lock is gone, and finds its job with another one. */
    @Test
    void aGatewayTakenForDeadDoesNotEndAnUploadThatAnotherHasResumed() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger stopped = new AtomicInteger();
        steps.on("long", run -> {
            if (run.job().attempt() == 1) {
                try {
                    return Steps.untilStopped(run);
                } finally {
                    stopped.incrementAndGet();
                }
            }
            Steps.await(go);
            return new JobResult.Done("by the other one");
        });
        StateDatabase cutOff = open();
        JobEngine first = engine(cutOff, SETTINGS);
        first.start();
        first.submit(named("long", "long", null, 0));
        awaitState(first, "long", JobState.RUNNING);
        JobEngine second = started();
        end("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = " + cutOff.run());
        await("it was stopped", () -> stopped.get() == 1);
        await("another one goes on with it", () -> second.attempts("long").size() == 2);
        go.countDown();
        assertThat(awaitState(second, "long", JobState.SUCCEEDED).message()).isEqualTo("by the other one");
        assertThat(second.attempts("long")).hasSize(2);
    }

    private void end(String sql) throws Exception {
        try (Connection connection = DriverManager.getConnection(address.url());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
