package dev.slipway.transfer.job;

import static dev.slipway.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.state.StateDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** In which order jobs are claimed, by whom, and what becomes of claims, against every kind of state database. */
abstract class QueueContract extends JobFixture {
    /** Nothing is found by polling within a test. */
    private static final JobSettings WITHOUT_POLLING = new JobSettings(
            2,
            SETTINGS.spaceInterval(),
            SETTINGS.firstBackOff(),
            SETTINGS.longestBackOff(),
            SETTINGS.failures(),
            SETTINGS.history(),
            SETTINGS.historyJobs(),
            Duration.ofHours(1));

    private static void setGateway(StateDatabase database, String id, String run) {
        int rows =
                database.inTransaction(handle -> handle.execute("UPDATE jobs SET gateway = ? WHERE id = ?", run, id));
        assertThat(rows).isEqualTo(1);
    }

    @Test
    void jobsRunByPriorityAndThenByHowLongTheyHaveBeenDue() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        steps.on("first", run -> {
            Steps.await(go);
            return new JobResult.Done("");
        });
        JobEngine jobs = started(settings(1));
        jobs.submit(named("first", "first", null, 0));
        await("the only thread is busy", () -> steps.runs.size() == 1);
        for (String id : List.of("low 2", "low 1", "high 2", "high 1", "middle")) {
            jobs.submit(named(id, "", null, id.startsWith("low") ? -100 : id.startsWith("high") ? 100 : 0));
            clock.advance(Duration.ofSeconds(1));
        }
        go.countDown();
        awaitState(jobs, "low 1", JobState.SUCCEEDED);
        assertThat(steps.runs).containsExactly("first", "high 2", "high 1", "middle", "low 2", "low 1");
    }

    /** Jobs that are not due yet are passed over, whatever their priority. */
    @Test
    void aJobThatIsNotDueYetHoldsUpNoOther() throws Exception {
        steps.on("unreachable", run -> {
            throw JobException.temporary("no route");
        });
        JobEngine jobs = started(settings(1));
        jobs.submit(named("urgent", "unreachable", null, 100));
        await("it has failed", () -> {
            Job urgent = jobs.find("urgent").orElseThrow();
            return urgent.state() == JobState.RETRYING && urgent.attempt() == 1;
        });
        jobs.submit(named("low", "", null, -100));
        awaitState(jobs, "low", JobState.SUCCEEDED);
    }

    @Test
    void moreJobsThanThreadsAreNotClaimed() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        steps.on("long", run -> {
            Steps.await(go);
            return new JobResult.Done("");
        });
        StateDatabase database = open();
        JobEngine jobs = engine(database, settings(2));
        jobs.start();
        for (int i = 0; i < 6; i++) {
            jobs.submit(named(String.valueOf(i), "long", null, 0));
        }
        await("both threads are busy", () -> steps.runs.size() == 2);
        Set<String> claimed = database.read(handle -> QueueTable.claimed(handle, database.run()))
                .keySet();
        assertThat(claimed).hasSize(2);
        go.countDown();
        for (int i = 0; i < 6; i++) {
            awaitState(jobs, String.valueOf(i), JobState.SUCCEEDED);
        }
        assertThat(steps.runs).hasSize(6).doesNotHaveDuplicates();
    }

    @Test
    void changesByTheSameGatewayAreNotWaitedForByPolling() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        steps.on("refused once", run -> {
            if (tries.incrementAndGet() == 1) {
                throw JobException.permanent("no");
            }
            return new JobResult.Done("");
        });
        remoteLimits.put("vault", 1);
        JobEngine jobs = started(WITHOUT_POLLING);
        for (int i = 0; i < 5; i++) {
            jobs.submit(named(String.valueOf(i), "", "vault", 0));
        }
        for (int i = 0; i < 5; i++) {
            awaitState(jobs, String.valueOf(i), JobState.SUCCEEDED);
        }
        jobs.submit(named("refused", "refused once", null, 0));
        awaitState(jobs, "refused", JobState.FAILED);
        await("it was cleaned up after", () -> steps.discards.size() == 1);
        assertThat(jobs.retry("refused")).isTrue();
        awaitState(jobs, "refused", JobState.SUCCEEDED);
    }

    @Test
    void aJobSubmittedInATransactionRunsOnceThatIsCommitted() throws Exception {
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        StateDatabase database = open();
        JobEngine jobs = engine(database, WITHOUT_POLLING);
        jobs.start();
        try (AutoCloseable _ = jobs.subscribe(job -> seen.add(job.id()))) {
            String id = database.inTransaction(handle -> {
                String submitted = jobs.submit(handle, job("with the upload"));
                handle.execute("INSERT INTO attributes VALUES ('bucket', 'key', 'version', 0)");
                assertThat(jobs.find(submitted)).as("before the commit").isEmpty();
                return submitted;
            });
            awaitState(jobs, id, JobState.SUCCEEDED);
            assertThat(steps.runs).containsExactly(id);
            assertThat(seen).contains(id);
        }
    }

    @Test
    void aJobSubmittedInATransactionThatIsRolledBackNeverRuns() throws Exception {
        StateDatabase database = open();
        JobEngine jobs = engine(database, SETTINGS);
        jobs.start();
        assertThatThrownBy(() -> database.inTransaction(handle -> {
                    jobs.submit(handle, named("rolled back", "", null, 100));
                    throw new IllegalStateException("the commit of the upload failed");
                }))
                .hasMessageContaining("the commit of the upload failed");
        jobs.submit(named("next", "", null, -100));
        awaitState(jobs, "next", JobState.SUCCEEDED);
        assertThat(jobs.find("rolled back")).isEmpty();
        assertThat(steps.runs).containsExactly("next");
    }

    @Test
    void aJobIsSubmittedOnceHoweverManyTransactionsNameIt() throws Exception {
        StateDatabase database = open();
        JobEngine jobs = engine(database, SETTINGS);
        for (int i = 0; i < 2; i++) {
            assertThat(database.<String>inTransaction(handle -> jobs.submit(handle, named("version 7", "", null, 0))))
                    .isEqualTo("version 7");
        }
        assertThatThrownBy(() -> database.read(handle -> jobs.submit(handle, job(""))))
                .hasMessageContaining("no transaction is open");
        jobs.start();
        awaitState(jobs, "version 7", JobState.SUCCEEDED);
        assertThat(steps.runs).containsExactly("version 7");
    }

    /** It was killed between claiming the job and starting it. */
    @Test
    void jobsClaimedByAGatewayThatIsGoneAreTakenOver() throws Exception {
        StateDatabase beside = beside();
        JobEngine elsewhere = engine(beside, SETTINGS);
        elsewhere.submit(named("claimed", "", null, 0));
        JobEngine jobs = engine(open(), SETTINGS);
        setGateway(beside, "claimed", "1");
        jobs.start();
        assertThat(awaitState(jobs, "claimed", JobState.SUCCEEDED).attempt()).isEqualTo(1);
        assertThat(steps.runs).containsExactly("claimed");
    }

    @Test
    void jobsThatALiveGatewayHasForgottenAreFreed() throws Exception {
        StateDatabase database = open();
        JobEngine jobs = engine(database, SETTINGS);
        jobs.start();
        JobEngine elsewhere = engine(beside(), SETTINGS);
        database.inTransaction(handle -> {
            jobs.submit(handle, named("forgotten", "", null, 0));
            return handle.execute("UPDATE jobs SET gateway = ? WHERE id = 'forgotten'", database.run());
        });
        assertThat(awaitState(elsewhere, "forgotten", JobState.SUCCEEDED).attempt())
                .isEqualTo(1);
        assertThat(steps.runs).containsExactly("forgotten");
    }

    @Test
    void aJobTakesSeveralResources() throws Exception {
        remoteLimits.put("vault", 2);
        remoteLimits.put("nightly", 1);
        Resource vault = Resource.remote("vault");
        Resource nightly = new Resource("pull", "nightly");
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger atVault = new AtomicInteger();
        AtomicInteger nightlies = new AtomicInteger();
        Queue<String> tooMany = new ConcurrentLinkedQueue<>();
        steps.on("both", run -> {
            if (nightlies.incrementAndGet() > 1 || atVault.incrementAndGet() > 2) {
                tooMany.add(run.job().id());
            }
            Steps.await(go);
            nightlies.decrementAndGet();
            atVault.decrementAndGet();
            return new JobResult.Done("");
        });
        steps.on("vault", run -> {
            if (atVault.incrementAndGet() > 2) {
                tooMany.add(run.job().id());
            }
            Steps.await(go);
            atVault.decrementAndGet();
            return new JobResult.Done("");
        });
        JobEngine jobs = started();
        jobs.submit(named("pull 1", "both", null, 0).taking(Set.of(vault, nightly)));
        await("the first pull runs", () -> steps.runs.size() == 1);
        // It waits for the other pull, and leaves its place at the vault to the next job.
        jobs.submit(named("pull 2", "both", null, 50).taking(Set.of(vault, nightly)));
        jobs.submit(named("push 1", "vault", "vault", 0));
        await("a push runs beside it", () -> steps.runs.contains("push 1"));
        jobs.submit(named("push 2", "vault", "vault", 0));
        assertThat(jobs.find("pull 2").orElseThrow().wanted().resources()).containsExactlyInAnyOrder(vault, nightly);
        go.countDown();
        for (String id : List.of("pull 1", "pull 2", "push 1", "push 2")) {
            awaitState(jobs, id, JobState.SUCCEEDED);
        }
        assertThat(tooMany).isEmpty();
        assertThat(steps.runs).hasSize(4).doesNotHaveDuplicates();
    }
}
