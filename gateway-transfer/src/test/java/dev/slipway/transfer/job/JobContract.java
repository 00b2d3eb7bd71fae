package dev.slipway.transfer.job;

import static dev.slipway.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.slipway.core.state.StateDatabase;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What jobs can be relied on for, to be run against every kind of state database. */
abstract class JobContract extends JobFixture {
    @Test
    void aJobIsDoneAndReported() throws Exception {
        Queue<Job> ended = new ConcurrentLinkedQueue<>();
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        steps.on("go", run -> {
            run.progress("sending", 5, 10);
            run.progress("checking", 10, 10);
            return new JobResult.Done("10 bytes");
        });
        JobEngine jobs = engine(open(), SETTINGS);
        jobs.onEnd(ended::add);
        jobs.start();
        AutoCloseable subscription = jobs.subscribe(
                job -> seen.add(job.id() + " " + job.state() + " " + job.phase() + " " + job.bytesDone()));

        Job submitted = jobs.submit(job("go"));
        assertThat(submitted.state()).isEqualTo(JobState.QUEUED);
        Job done = awaitState(jobs, submitted.id(), JobState.SUCCEEDED);
        assertThat(done.message()).isEqualTo("10 bytes");
        assertThat(done.phase()).isEqualTo("checking");
        assertThat(done.bytesDone()).isEqualTo(10);
        assertThat(done.attempt()).isEqualTo(1);
        assertThat(done.started()).isNotNull();
        assertThat(done.ended()).isNotNull();
        assertThat(done.nextAttempt()).isNull();
        assertThat(jobs.attempts(done.id())).singleElement().satisfies(attempt -> {
            assertThat(attempt.message()).isEqualTo("10 bytes");
            assertThat(attempt.ended()).isNotNull();
        });
        await("its end is told", () -> !ended.isEmpty());
        assertThat(ended).containsExactly(done);
        await("all was seen", () -> seen.contains(done.id() + " SUCCEEDED checking 10"));
        // By different threads: either may be the first to say so.
        assertThat(seen).contains(done.id() + " QUEUED  0", done.id() + " RUNNING  0");
        subscription.close();

        String next = jobs.submit(job("go")).id();
        await("the next one is told", () -> ended.size() == 2);
        assertThat(seen).noneMatch(line -> line.startsWith(next));
        assertThat(steps.discards).isEmpty();
    }

    @Test
    void submittingAnIdTwiceCreatesOneJob() throws Exception {
        JobEngine jobs = started();
        jobs.submit(named("message-1", "first", null, 0));
        awaitState(jobs, "message-1", JobState.SUCCEEDED);
        Job again = jobs.submit(named("message-1", "second", null, 0));
        assertThat(again.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(again.wanted().request()).isEqualTo("first");
        jobs.submit(named("message-2", "first", null, 0));
        awaitState(jobs, "message-2", JobState.SUCCEEDED);
        assertThat(steps.runs).containsExactly("message-1", "message-2");
    }

    @Test
    void temporaryFailuresAreRetriedWithGrowingPauses() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        steps.on("fails twice", run -> {
            if (tries.incrementAndGet() <= 2) {
                throw JobException.temporary("connection reset");
            }
            return new JobResult.Done("at last");
        });
        JobEngine jobs = started();
        String id = jobs.submit(job("fails twice")).id();
        await("it failed", () -> jobs.attempts(id).size() == 1 && state(jobs, id) == JobState.RETRYING);
        Job failed = jobs.find(id).orElseThrow();
        assertThat(failed.message()).isEqualTo("connection reset");
        assertThat(failed.nextAttempt())
                .isBetween(
                        clock.instant().plus(Duration.ofMinutes(29)),
                        clock.instant().plus(Duration.ofMinutes(60)));
        jobs.submit(job("another"));
        await("others run", () -> steps.runs.size() == 2);
        assertThat(tries).hasValue(1);

        clock.advance(Duration.ofHours(1));
        await("it failed again", () -> tries.get() == 2 && state(jobs, id) == JobState.RETRYING);
        assertThat(jobs.find(id).orElseThrow().nextAttempt())
                .isBetween(
                        clock.instant().plus(Duration.ofMinutes(59)),
                        clock.instant().plus(Duration.ofMinutes(120)));
        clock.advance(Duration.ofHours(2));
        awaitState(jobs, id, JobState.SUCCEEDED);
        assertThat(jobs.attempts(id))
                .extracting(Attempt::message)
                .containsExactly("connection reset", "connection reset", "at last");
    }

    @Test
    void attemptsTellHowTheFileWasSentAndWhatHasArrivedInEach() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        steps.on("resuming", run -> {
            if (tries.incrementAndGet() == 1) {
                run.sends("direct", 4);
                run.progress("fetched", 300, 1000);
                throw JobException.temporary("the store cannot be reached");
            }
            run.sends("direct", 4);
            run.sends("streaming", 3);
            run.progress("sending", 300, 1000);
            run.progress("sending", 1000, 1000);
            return new JobResult.Done("sent");
        });
        JobEngine jobs = engine(open(), SETTINGS);
        jobs.start();
        String id = jobs.submit(job("resuming")).id();
        await("it failed", () -> state(jobs, id) == JobState.RETRYING);
        assertThat(jobs.retry(id)).isTrue();
        awaitState(jobs, id, JobState.SUCCEEDED);
        assertThat(jobs.attempts(id))
                .extracting(Attempt::mode, Attempt::parts, Attempt::bytes, Attempt::message)
                .containsExactly(
                        tuple("direct", 4, 300L, "the store cannot be reached"), tuple("streaming", 3, 700L, "sent"));
        String other = jobs.submit(job("go")).id();
        awaitState(jobs, other, JobState.SUCCEEDED);
        assertThat(jobs.attempts(other))
                .extracting(Attempt::mode, Attempt::parts, Attempt::bytes)
                .containsExactly(tuple("", 0, 0L));
    }

    @Test
    void generatedIdsAreFoundByTheirBeginning() throws Exception {
        JobEngine jobs = engine(open(), SETTINGS);
        jobs.start();
        String id = jobs.submit(job("go")).id();
        awaitState(jobs, id, JobState.SUCCEEDED);
        String wildcard = "%".repeat(8);
        assertThat(jobs.beginningWith(id.substring(0, 8), 2))
                .extracting(Job::id)
                .contains(id);
        assertThat(jobs.beginningWith(wildcard, 2)).isEmpty();
    }

    @Test
    void jobsAreListedByTheTimeOfTheirCreation() throws Exception {
        JobEngine jobs = engine(open(), SETTINGS);
        jobs.start();
        String id = jobs.submit(job("go")).id();
        awaitState(jobs, id, JobState.SUCCEEDED);
        assertThat(jobs.list(JobFilter.in(Set.of(), 10).created(clock.instant().plusSeconds(1), null)))
                .isEmpty();
        assertThat(jobs.list(
                        JobFilter.in(Set.of(), 10).created(null, clock.instant().plusSeconds(1))))
                .extracting(Job::id)
                .containsExactly(id);
        assertThat(jobs.list(JobFilter.in(Set.of(), 10).created(Instant.MIN, Instant.MAX)))
                .as("times without a number of milliseconds")
                .extracting(Job::id)
                .containsExactly(id);
    }

    @Test
    void permanentFailuresFailAtOnceAndSucceedAfterARetryByHand() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        Queue<Job> ended = new ConcurrentLinkedQueue<>();
        List<String> checkpoints = new ArrayList<>();
        steps.on("refused", run -> {
            checkpoints.add(run.checkpoint());
            run.save("temporary file");
            if (tries.incrementAndGet() == 1) {
                throw JobException.permanent("host key refused\0");
            }
            return new JobResult.Done("trusted now");
        });
        JobEngine jobs = engine(open(), SETTINGS);
        jobs.onEnd(ended::add);
        jobs.start();
        String id = jobs.submit(job("refused")).id();
        assertThat(awaitState(jobs, id, JobState.FAILED).message()).isEqualTo("host key refused\uFFFD");
        await("it was cleaned up after", () -> steps.discards.contains(id + " temporary file"));

        assertThat(jobs.retry(id)).isTrue();
        awaitState(jobs, id, JobState.SUCCEEDED);
        assertThat(jobs.retry(id)).isFalse();
        assertThat(jobs.attempts(id))
                .extracting(Attempt::message)
                .containsExactly("host key refused\uFFFD", "trusted now");
        assertThat(checkpoints).as("nothing is left of the first attempt").containsExactly("", "");
        assertThat(steps.discards).hasSize(1);
        await("both ends were told", () -> ended.size() == 2);
    }

    @Test
    void aJobWithoutProgressIsGivenUp() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        steps.on("stuck", run -> {
            throw JobException.temporary("no route");
        });
        steps.on("slow", run -> {
            int done = tries.incrementAndGet();
            run.progress("sending", done, 8);
            if (done < 8) {
                throw JobException.temporary("cut off");
            }
            return new JobResult.Done("all");
        });
        JobEngine jobs = started();
        String stuck = jobs.submit(job("stuck")).id();
        String slow = jobs.submit(job("slow")).id();
        for (int i = 0; i < 8; i++) {
            int attempts = i + 1;
            await("attempt " + attempts, () -> isAtRest(jobs, stuck, attempts) && isAtRest(jobs, slow, attempts));
            clock.advance(SETTINGS.longestBackOff());
        }
        assertThat(awaitState(jobs, stuck, JobState.FAILED).message())
                .contains("5 failures")
                .contains("no route");
        assertThat(jobs.attempts(stuck)).hasSize(5);
        awaitState(jobs, slow, JobState.SUCCEEDED);
        assertThat(jobs.attempts(slow)).hasSize(8);
    }

    @Test
    void aJobCanHaveItsOwnRetries() throws Exception {
        steps.on("stuck", run -> {
            throw JobException.temporary("no route");
        });
        JobEngine jobs = started();
        Retries retries = new Retries(2, Duration.ofDays(2), Duration.ofHours(1));
        String id = jobs.submit(job("stuck").retrying(retries)).id();
        Job retrying = awaitState(jobs, id, JobState.RETRYING);
        assertThat(retrying.wanted().retries()).isEqualTo(retries);
        assertThat(retrying.attempt()).isEqualTo(1);
        assertThat(retrying.message()).isEqualTo("no route");
        assertThat(retrying.nextAttempt())
                .as("a longest pause that is too short counts as the first")
                .isBetween(
                        clock.instant().plus(Duration.ofHours(23)),
                        clock.instant().plus(Duration.ofDays(2)));
        assertThat(jobs.list(JobFilter.in(Set.of(JobState.RETRYING), 10)))
                .extracting(Job::id)
                .containsExactly(id);
        assertThat(jobs.pause(id)).isTrue();
        assertThat(jobs.resume(id)).isTrue();
        assertThat(awaitState(jobs, id, JobState.FAILED).message())
                .isEqualTo("gave up after 2 failures in a row: no route");
    }

    private static boolean isAtRest(Jobs jobs, String id, int attempts) {
        Job job = jobs.find(id).orElseThrow();
        return job.state().isEnd() || (job.state() == JobState.RETRYING && job.attempt() >= attempts);
    }

    @Test
    void aRunningJobIsPausedResumedAndCancelledFromElsewhere() throws Exception {
        List<String> checkpoints = new ArrayList<>();
        steps.on("long", run -> {
            checkpoints.add(run.checkpoint());
            run.save("part " + run.job().attempt());
            return Steps.untilStopped(run);
        });
        JobEngine jobs = started();
        Jobs elsewhere = engine(beside(), SETTINGS);
        String id = elsewhere.submit(job("long")).id();
        awaitState(jobs, id, JobState.RUNNING);

        assertThat(elsewhere.pause(id)).isTrue();
        awaitState(jobs, id, JobState.PAUSED);
        assertThat(elsewhere.pause(id)).isFalse();
        assertThat(elsewhere.retry(id)).isFalse();
        assertThat(elsewhere.resume(id)).isTrue();
        assertThat(elsewhere.resume(id)).isFalse();
        await("it goes on", () -> state(jobs, id) == JobState.RUNNING && checkpoints.size() == 2);
        assertThat(elsewhere.cancel(id)).isTrue();
        assertThat(awaitState(jobs, id, JobState.CANCELLED).message()).isEqualTo("cancelled");
        await("it was cleaned up after", () -> !steps.discards.isEmpty());
        assertThat(elsewhere.cancel(id)).isFalse();
        assertThat(checkpoints).containsExactly("", "part 1");
        assertThat(steps.discards).containsExactly(id + " part 2");
        assertThat(jobs.attempts(id)).extracting(Attempt::message).containsExactly("paused", "cancelled");
        assertThat(elsewhere.cancel("nothing")).isFalse();
        assertThat(elsewhere.pause("nothing")).isFalse();
    }

    @Test
    void jobsOfHigherPriorityRunFirst() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        steps.on("first", run -> {
            Steps.await(go);
            return new JobResult.Done("");
        });
        JobEngine jobs = started(settings(1));
        jobs.submit(named("first", "first", null, 0));
        await("it runs", () -> steps.runs.size() == 1);
        jobs.submit(named("low", "", null, -5));
        jobs.submit(named("usual", "", null, 0));
        jobs.submit(named("high", "", null, 5));
        go.countDown();
        awaitState(jobs, "low", JobState.SUCCEEDED);
        assertThat(steps.runs).containsExactly("first", "high", "usual", "low");
        assertThatThrownBy(() -> jobs.submit(named("too high", "", null, 101)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static long parked(StateDatabase database) {
        return database.read(handle -> handle.createQuery("SELECT COUNT(*) FROM jobs WHERE waits_for IS NOT NULL")
                .mapTo(Long.class)
                .one());
    }

    @Test
    void jobsOfARemoteRespectItsLimitAndHoldUpNoOthers() throws Exception {
        remoteLimits.put("vault", 1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        steps.on("vault", run -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            Steps.await(go);
            now.decrementAndGet();
            return new JobResult.Done("");
        });
        StateDatabase database = open();
        JobEngine jobs = engine(database, SETTINGS);
        jobs.start();
        jobs.submit(named("0", "vault", "vault", 0));
        await("one runs", () -> now.get() == 1);
        for (int i = 1; i < 8; i++) {
            jobs.submit(named(String.valueOf(i), "vault", "vault", i));
        }
        jobs.submit(named("other", "", "archive", -100));
        awaitState(jobs, "other", JobState.SUCCEEDED);
        await("all wait for the one", () -> parked(database) == 7);
        assertThat(most).hasValue(1);
        go.countDown();
        awaitState(jobs, "1", JobState.SUCCEEDED);
        assertThat(most).hasValue(1);
        assertThat(steps.runs)
                .filteredOn(id -> !id.equals("other"))
                .containsExactly("0", "7", "6", "5", "4", "3", "2", "1");
    }

    @Test
    void jobsThatWaitForSpaceHaveNoThread() throws Exception {
        AtomicInteger room = new AtomicInteger();
        steps.on("large", run -> {
            if (room.get() == 0) {
                return new JobResult.WaitForSpace("1 GB is free, 2 GB are wanted");
            }
            return new JobResult.Done("");
        });
        JobEngine jobs = started();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            ids.add(jobs.submit(job("large")).id());
        }
        for (String id : ids) {
            awaitState(jobs, id, JobState.WAITING_FOR_SPACE);
        }
        Job waiting = jobs.find(ids.getFirst()).orElseThrow();
        assertThat(waiting.message()).isEqualTo("1 GB is free, 2 GB are wanted");
        assertThat(waiting.waitingSince()).isNotNull();
        String small = jobs.submit(job("small")).id();
        awaitState(jobs, small, JobState.SUCCEEDED);

        int runs = steps.runs.size();
        clock.advance(SETTINGS.spaceInterval());
        await("all are looked at again", () -> steps.runs.size() == runs + 12);
        assertThat(awaitState(jobs, ids.getFirst(), JobState.WAITING_FOR_SPACE).waitingSince())
                .isEqualTo(waiting.waitingSince());

        long before = System.nanoTime();
        closeLast();
        // Those that had a thread would be waited for, for ten seconds.
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(9));
        room.set(1);
        JobEngine next = started();
        assertThat(next.retry(ids.getFirst())).isTrue();
        awaitState(next, ids.getFirst(), JobState.SUCCEEDED);
        clock.advance(SETTINGS.spaceInterval());
        for (String id : ids) {
            Job done = awaitState(next, id, JobState.SUCCEEDED);
            assertThat(done.attempt()).isEqualTo(1);
            assertThat(done.waitingSince()).isNull();
        }
    }

    @Test
    void aDeadlineEndsTheWaiting() throws Exception {
        remoteLimits.put("busy", 1);
        steps.on("large", run -> new JobResult.WaitForSpace("1 GB is free, 2 GB are wanted"));
        steps.on("unreachable", run -> {
            throw JobException.temporary("no route");
        });
        steps.on("long", Steps::untilStopped);
        JobEngine jobs = started();
        Instant deadline = clock.instant().plus(Duration.ofMinutes(5));
        String large = jobs.submit(until(deadline, "large")).id();
        String unreachable = jobs.submit(until(deadline, "unreachable")).id();
        jobs.submit(named("long", "long", "busy", 0));
        awaitState(jobs, "long", JobState.RUNNING);
        String turn = jobs.submit(new NewJob(null, Steps.NAME, "", "busy", "from", "to", 0, deadline, "anna", "", null))
                .id();
        assertThat(awaitState(jobs, large, JobState.WAITING_FOR_SPACE).nextAttempt())
                .isBefore(deadline.plusMillis(1));
        await("it failed", () -> isAtRest(jobs, unreachable, 1));
        clock.advance(Duration.ofMinutes(5));
        assertThat(awaitState(jobs, large, JobState.FAILED).message())
                .isEqualTo("there was not enough space before the deadline: 1 GB is free, 2 GB are wanted");
        assertThat(awaitState(jobs, unreachable, JobState.FAILED).message())
                .isEqualTo("the deadline has passed: no route");
        assertThat(awaitState(jobs, turn, JobState.FAILED).message()).isEqualTo("the deadline has passed");
        assertThat(state(jobs, "long")).isEqualTo(JobState.RUNNING);
    }

    @Test
    void reservedSpaceIsNotReservedTwice() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger failures = new AtomicInteger();
        steps.on("first", run -> {
            assertThat(run.reserve("/", 60, 100)).isTrue();
            if (failures.incrementAndGet() == 1) {
                run.progress("sending", 20, 60);
                throw JobException.temporary("cut off");
            }
            Steps.await(go);
            return new JobResult.Done("");
        });
        steps.on("second", run -> {
            // What has arrived of the first one is not available any more.
            boolean room = run.reserve("/", 60, failures.get() == 1 ? 99 : 119);
            return room ? new JobResult.Done("") : new JobResult.WaitForSpace("taken");
        });
        steps.on("third", run -> {
            assertThat(run.reserve("/", 60, 100)).isTrue();
            return new JobResult.Done("");
        });
        JobEngine jobs = started();
        jobs.submit(named("first", "first", "vault", 0));
        await("it is between attempts", () -> isAtRest(jobs, "first", 1));
        // 40 of its bytes are missing.
        jobs.submit(named("second", "second", "vault", 0));
        awaitState(jobs, "second", JobState.WAITING_FOR_SPACE);
        jobs.submit(named("third", "third", "elsewhere", 0));
        awaitState(jobs, "third", JobState.SUCCEEDED);

        assertThat(jobs.retry("first")).isTrue();
        await("it has reserved again", () -> failures.get() == 2);
        assertThat(jobs.retry("second")).isTrue();
        await(
                "there is still no room",
                () -> steps.runs.stream().filter("second"::equals).count() == 2);
        awaitState(jobs, "second", JobState.WAITING_FOR_SPACE);
        go.countDown();
        awaitState(jobs, "first", JobState.SUCCEEDED);
        assertThat(jobs.retry("second")).isTrue();
        awaitState(jobs, "second", JobState.SUCCEEDED);
    }

    @Test
    void theFirstOfTheJobsThatWaitForSpaceKeepsItsFile() throws Exception {
        Map<String, Boolean> inTheWay = new ConcurrentHashMap<>();
        steps.on("large", run -> {
            run.save("part");
            inTheWay.put(run.job().id(), run.isInTheWay());
            return new JobResult.WaitForSpace("full");
        });
        steps.on("nothing there", run -> new JobResult.WaitForSpace("full"));
        JobEngine jobs = started();
        // It has nothing that could be of use to itself.
        jobs.submit(named("a", "nothing there", "vault", 0));
        awaitState(jobs, "a", JobState.WAITING_FOR_SPACE);
        for (String id : List.of("d", "c", "e")) {
            clock.advance(Duration.ofSeconds(1));
            jobs.submit(named(id, "large", "vault", 0));
            awaitState(jobs, id, JobState.WAITING_FOR_SPACE);
        }
        jobs.submit(named("f", "large", "elsewhere", 0));
        awaitState(jobs, "f", JobState.WAITING_FOR_SPACE);
        assertThat(inTheWay).isEqualTo(Map.of("d", false, "c", true, "e", true, "f", false));

        assertThat(jobs.pause("c")).isTrue();
        assertThat(jobs.cancel("d")).isTrue();
        inTheWay.clear();
        assertThat(jobs.retry("e")).isTrue();
        await("it was looked at again", () -> !inTheWay.isEmpty());
        assertThat(inTheWay).isEqualTo(Map.of("e", false));
    }

    @Test
    void aBatchAndItsPartsAreOne() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        List<JobEngine> engine = new ArrayList<>();
        steps.on("batch", run -> {
            Jobs jobs = engine.getFirst();
            jobs.submit(part(run.job().id(), run.job().id() + "/a"));
            jobs.submit(part(run.job().id(), run.job().id() + "/b"));
            List<Job> parts =
                    jobs.list(JobFilter.in(Set.of(), 10).ofBatch(run.job().id()));
            long done = parts.stream().filter(part -> part.state().isEnd()).count();
            run.progress("sending", done, 2, done, 2);
            return done == 2 ? new JobResult.Done("2 files") : new JobResult.LookAgain(Duration.ofSeconds(30));
        });
        steps.on("part", run -> {
            if (go.getCount() > 0) {
                return Steps.untilStopped(run);
            }
            return new JobResult.Done("");
        });
        JobEngine jobs = started();
        engine.add(jobs);
        jobs.submit(named("one", "batch", null, 0));
        awaitState(jobs, "one/b", JobState.RUNNING);
        await("nobody is at it", () -> jobs.find("one").orElseThrow().nextAttempt() != null);
        assertThat(state(jobs, "one")).isEqualTo(JobState.RUNNING);
        assertThat(jobs.list(JobFilter.in(Set.of(), 10))).extracting(Job::id).containsExactly("one");
        assertThat(jobs.pause("one")).isTrue();
        awaitState(jobs, "one/a", JobState.PAUSED);
        awaitState(jobs, "one/b", JobState.PAUSED);
        awaitState(jobs, "one", JobState.PAUSED);
        assertThat(jobs.resume("one")).isTrue();
        awaitState(jobs, "one/b", JobState.RUNNING);
        assertThat(jobs.cancel("one")).isTrue();
        awaitState(jobs, "one", JobState.CANCELLED);
        awaitState(jobs, "one/a", JobState.CANCELLED);
        awaitState(jobs, "one/b", JobState.CANCELLED);
        go.countDown();
        assertThat(jobs.retry("one")).isTrue();
        awaitState(jobs, "one/a", JobState.SUCCEEDED);
        awaitState(jobs, "one/b", JobState.SUCCEEDED);
        clock.advance(Duration.ofSeconds(30));
        Job done = awaitState(jobs, "one", JobState.SUCCEEDED);
        assertThat(done.filesDone()).isEqualTo(2);
        assertThat(done.message()).isEqualTo("2 files");
    }

    @Test
    void aJobStoppedByAShutdownContinuesOnAnotherGateway() throws Exception {
        List<String> checkpoints = new ArrayList<>();
        CountDownLatch finishing = new CountDownLatch(1);
        steps.on("long", run -> {
            checkpoints.add(run.checkpoint());
            if (run.checkpoint().isEmpty()) {
                run.save("half");
                return Steps.untilStopped(run);
            }
            return new JobResult.Done("whole");
        });
        steps.on("short", run -> {
            finishing.countDown();
            // Not stopped while there is time.
            run.onStop(() -> checkpoints.add("stopped"));
            return new JobResult.Done("");
        });
        JobEngine jobs = started();
        jobs.submit(named("long", "long", null, 0));
        await("it runs", () -> checkpoints.size() == 1);
        jobs.submit(named("short", "short", null, 0));
        Steps.await(finishing);
        jobs.drain(Duration.ofSeconds(2));
        assertThat(state(jobs, "short")).isEqualTo(JobState.SUCCEEDED);
        Job stopped = jobs.find("long").orElseThrow();
        assertThat(stopped.state()).isEqualTo(JobState.QUEUED);
        assertThat(stopped.message()).isEqualTo("the gateway was shut down");
        jobs.submit(named("later", "", null, 0));
        closeLast();

        JobEngine next = started();
        assertThat(awaitState(next, "long", JobState.SUCCEEDED).attempt()).isEqualTo(2);
        awaitState(next, "later", JobState.SUCCEEDED);
        assertThat(checkpoints).containsExactly("", "half");
    }

    @Test
    void jobsOfAKilledGatewayContinue() throws Exception {
        Queue<String> checkpoints = new ConcurrentLinkedQueue<>();
        steps.on("hold", run -> {
            checkpoints.add(run.checkpoint());
            return new JobResult.Done("");
        });
        // Before a separate process uses it: this creates the schema.
        open().close();
        JobEngine jobs;
        try (KilledGateway killed = KilledGateway.start(address())) {
            JobEngine elsewhere = engine(beside(), SETTINGS);
            for (String id : List.of("paused", "cancelled", "held")) {
                elsewhere.submit(named(id, "hold", null, 0));
            }
            for (String id : List.of("paused", "cancelled", "held")) {
                killed.awaitAttempt(elsewhere, id);
            }
            killed.kill();
            // As if somebody had said so just then.
            assertThat(elsewhere.pause("paused")).isTrue();
            assertThat(elsewhere.cancel("cancelled")).isTrue();
            jobs = started();
        }
        assertThat(awaitState(jobs, "held", JobState.SUCCEEDED).attempt()).isEqualTo(2);
        awaitState(jobs, "paused", JobState.PAUSED);
        awaitState(jobs, "cancelled", JobState.CANCELLED);
        await("it was cleaned up after", () -> steps.discards.contains("cancelled half"));
        assertThat(checkpoints).containsExactly("half");
        List<Attempt> attempts = jobs.attempts("held");
        assertThat(attempts.getFirst().ended()).isNull();
        assertThat(attempts.getFirst().gateway())
                .isNotEqualTo(attempts.getLast().gateway());
    }

    @Test
    void leftoversAreRemovedWhenThatIsPossible() throws Exception {
        steps.on("refused", run -> {
            throw JobException.permanent("no");
        });
        steps.whenDiscarding(tried -> {
            if (tried == 1) {
                throw JobException.temporary("connection refused");
            }
        });
        JobEngine jobs = started();
        String id = jobs.submit(job("refused")).id();
        await("it was tried", () -> steps.discards.size() == 1);
        assertThat(state(jobs, id)).isEqualTo(JobState.FAILED);
        await("it was tried again", () -> {
            clock.advance(SETTINGS.firstBackOff());
            return steps.discards.size() == 2;
        });
        clock.advance(SETTINGS.longestBackOff());
        jobs.submit(named("next", "", null, 0));
        awaitState(jobs, "next", JobState.SUCCEEDED);
        assertThat(steps.discards).hasSize(2);
        assertThat(state(jobs, id)).isEqualTo(JobState.FAILED);
    }

    /** What is cleaned up after it has ended does not end a second time. */
    @Test
    void theEndOfAJobIsReportedOnce() throws Exception {
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        steps.on("long", run -> {
            run.save("temporary file");
            return Steps.untilStopped(run);
        });
        steps.on("refused", run -> {
            run.save("temporary file");
            throw JobException.permanent("no");
        });
        JobEngine jobs = started();
        try (AutoCloseable _ = jobs.subscribe(job -> seen.add(job.id() + " " + job.state()))) {
            jobs.submit(named("cancelled", "long", null, 0));
            awaitState(jobs, "cancelled", JobState.RUNNING);
            assertThat(jobs.cancel("cancelled")).isTrue();
            jobs.submit(named("failed", "refused", null, 0));
            await("both were cleaned up after", () -> steps.discards.size() == 2);
            jobs.submit(named("last", "", null, 0));
            await("the last one was seen", () -> seen.contains("last SUCCEEDED"));
        }
        assertThat(seen).filteredOn(line -> line.equals("cancelled CANCELLED")).hasSize(1);
        assertThat(seen).filteredOn(line -> line.equals("failed FAILED")).hasSize(1);
    }

    @Test
    void queuedAndWaitingJobsArePausedAndCancelledToo() throws Exception {
        steps.on("large", run -> new JobResult.WaitForSpace("full"));
        steps.on("long", Steps::untilStopped);
        JobEngine jobs = started(settings(1));
        jobs.submit(named("waits", "large", null, 0));
        awaitState(jobs, "waits", JobState.WAITING_FOR_SPACE);
        jobs.submit(named("runs", "long", null, 0));
        awaitState(jobs, "runs", JobState.RUNNING);
        jobs.submit(named("queued", "", null, 0));
        jobs.submit(named("unwanted", "", null, 0));
        assertThat(jobs.retry("queued")).isFalse();
        assertThat(jobs.pause("waits")).isTrue();
        assertThat(jobs.pause("queued")).isTrue();
        assertThat(jobs.cancel("unwanted")).isTrue();
        assertThat(state(jobs, "waits")).isEqualTo(JobState.PAUSED);
        assertThat(state(jobs, "queued")).isEqualTo(JobState.PAUSED);
        assertThat(state(jobs, "unwanted")).isEqualTo(JobState.CANCELLED);
        assertThat(jobs.cancel("runs")).isTrue();
        awaitState(jobs, "runs", JobState.CANCELLED);
        assertThat(jobs.cancel("waits")).isTrue();
        clock.advance(SETTINGS.spaceInterval());
        await("those that were begun were cleaned up after", () -> steps.discards.size() == 2);
        assertThat(jobs.resume("queued")).isTrue();
        awaitState(jobs, "queued", JobState.SUCCEEDED);
        assertThat(steps.runs).containsExactly("waits", "runs", "queued");
        assertThat(steps.discards).containsExactlyInAnyOrder("waits ", "runs ");
    }

    @Test
    void anEndIsReportedUntilItIsReceived() throws Exception {
        AtomicInteger deaf = new AtomicInteger();
        JobEngine jobs = engine(open(), SETTINGS);
        jobs.onEnd(job -> {
            deaf.incrementAndGet();
            throw new IllegalStateException("the broker is gone");
        });
        jobs.start();
        String id = jobs.submit(job("")).id();
        await("it was tried again", () -> deaf.get() > 1);
        closeLast();

        Queue<String> heard = new ConcurrentLinkedQueue<>();
        JobEngine next = engine(open(), SETTINGS);
        next.onEnd(job -> heard.add(job.id()));
        next.start();
        await("it was heard", () -> !heard.isEmpty());
        String last = next.submit(job("")).id();
        await("the next was heard", () -> heard.contains(last));
        assertThat(heard).containsExactly(id, last);
    }

    @Test
    void theHistoryIsKeptForItsTime() throws Exception {
        JobEngine jobs = started();
        String old = jobs.submit(job("")).id();
        awaitState(jobs, old, JobState.SUCCEEDED);
        clock.advance(SETTINGS.history().minus(Duration.ofHours(1)));
        String young = jobs.submit(job("")).id();
        awaitState(jobs, young, JobState.SUCCEEDED);
        assertThat(jobs.list(JobFilter.in(Set.of(JobState.SUCCEEDED), 10).ofSubmitter("anna")))
                .extracting(Job::id)
                .containsExactly(young, old);
        assertThat(jobs.list(JobFilter.in(Set.of(), 10).after(young)))
                .extracting(Job::id)
                .containsExactly(old);
        assertThat(jobs.list(JobFilter.in(Set.of(), 10).after(old))).isEmpty();
        assertThat(jobs.list(JobFilter.in(Set.of(JobState.FAILED), 10))).isEmpty();
        assertThat(jobs.list(JobFilter.in(Set.of(), 10).ofRemote("vault"))).isEmpty();
        clock.advance(Duration.ofHours(2));
        await("it is forgotten", () -> jobs.find(old).isEmpty());
        assertThat(jobs.attempts(old)).isEmpty();
        assertThat(jobs.find(young)).isPresent();
    }

    /** A running batch counts its parts: a removed one would be missing. */
    @Test
    void partsAreKeptAsLongAsTheirBatchRuns() throws Exception {
        steps.on("batch", run -> new JobResult.LookAgain(Duration.ofSeconds(30)));
        JobEngine jobs = started();
        String batch = jobs.submit(job("batch")).id();
        jobs.submit(part(batch, "a part"));
        String old = jobs.submit(job("")).id();
        awaitState(jobs, "a part", JobState.SUCCEEDED);
        awaitState(jobs, old, JobState.SUCCEEDED);
        clock.advance(SETTINGS.history());
        await("what stands alone is forgotten", () -> {
            // Its end may not have been reported the first time.
            clock.advance(Duration.ofHours(1));
            return jobs.find(old).isEmpty();
        });
        assertThat(jobs.progress(batch)).isEqualTo(new BatchProgress(1, 0, 1, 0));
    }

    /** A batch counts its parts again when it is retried. */
    @Test
    void partsAreKeptAsLongAsTheirFailedBatch() throws Exception {
        AtomicBoolean fails = new AtomicBoolean();
        steps.on("batch", run -> {
            if (fails.get()) {
                throw JobException.permanent("a part has failed");
            }
            return new JobResult.LookAgain(Duration.ofSeconds(30));
        });
        JobEngine jobs = started();
        String batch = jobs.submit(job("batch")).id();
        jobs.submit(part(batch, "a part"));
        String old = jobs.submit(job("")).id();
        awaitState(jobs, "a part", JobState.SUCCEEDED);
        awaitState(jobs, old, JobState.SUCCEEDED);
        fails.set(true);
        clock.advance(SETTINGS.history().minus(Duration.ofHours(1)));
        awaitState(jobs, batch, JobState.FAILED);
        await("what stands alone is forgotten", () -> {
            clock.advance(Duration.ofHours(1));
            return jobs.find(old).isEmpty();
        });
        assertThat(jobs.progress(batch)).isEqualTo(new BatchProgress(1, 0, 1, 0));
        clock.advance(SETTINGS.history());
        await("all of it is forgotten", () -> {
            clock.advance(Duration.ofHours(1));
            return jobs.find(batch).isEmpty() && jobs.find("a part").isEmpty();
        });
    }
}
