package dev.slipway.transfer.job;

import static dev.slipway.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.state.PostgresAddress;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Postgres
class PostgresQueueTest extends QueueContract {
    private final PostgresAddress address;

    PostgresQueueTest(PostgresDatabase database) {
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
    void gatewaysThatCompeteForJobsNeverRunOneTwice() throws Exception {
        int count = 400;
        JobEngine first = engine(open(), settings(8));
        for (int i = 0; i < count; i++) {
            first.submit(named("job " + i, "", null, i % 3));
        }
        List<JobEngine> others = List.of(engine(open(), settings(8)), engine(open(), settings(8)));
        first.start();
        others.forEach(JobEngine::start);
        await("all are done", () -> {
            JobFilter done = JobFilter.in(Set.of(JobState.SUCCEEDED), 1000);
            return first.list(done).size() == count;
        });
        assertThat(steps.runs).hasSize(count).doesNotHaveDuplicates();
        for (int i = 0; i < count; i++) {
            assertThat(first.attempts("job " + i)).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClaimWhoseCommitIsNotAnsweredIsNeitherLostNorRunTwice(LostCommit.Lost lost) throws Exception {
        LostCommit proxy = closedLater(new LostCommit(address.url(), "UPDATE jobs SET gateway = ", lost));
        JobEngine jobs = engine(StateDatabase.open(new PostgresAddress(proxy.url(), null, null)), SETTINGS);
        for (int i = 0; i < 5; i++) {
            jobs.submit(named(String.valueOf(i), "", null, 0));
        }
        jobs.start();
        await("a commit was lost", proxy::isDone);
        // Another gateway may claim what this one has not.
        JobEngine other = started();
        for (int i = 0; i < 5; i++) {
            awaitState(other, String.valueOf(i), JobState.SUCCEEDED);
            assertThat(other.attempts(String.valueOf(i))).hasSize(1);
        }
        assertThat(steps.runs).hasSize(5).doesNotHaveDuplicates();
    }
}
