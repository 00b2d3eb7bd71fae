package dev.slipway.transfer.job;

import static dev.slipway.testing.Patience.await;

import dev.slipway.core.state.StateDatabase;
import dev.slipway.testing.MovedClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** Engines on a state database, whose jobs do what a test says. */
abstract class JobFixture {
    static final JobSettings SETTINGS = new JobSettings(
            4,
            Duration.ofHours(1),
            Duration.ofHours(1),
            Duration.ofHours(8),
            5,
            Duration.ofDays(90),
            1000,
            Duration.ofMillis(50));

    final MovedClock clock = new MovedClock();
    final Steps steps = new Steps();
    final Map<String, Integer> remoteLimits = new ConcurrentHashMap<>();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    /** Opens the database as a gateway does. */
    abstract StateDatabase open();

    /** Where the database is, for {@link KilledGateway}. */
    abstract String address();

    /** Opens the database beside a gateway: as another one, where it may be shared, or as a command. */
    abstract StateDatabase beside();

    @AfterEach
    void closeAll() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    /** Closes something after the test, and after what is opened later. */
    final <T extends AutoCloseable> T closedLater(T open) {
        opened.push(open);
        return open;
    }

    final JobEngine engine(StateDatabase database, JobSettings settings) {
        opened.push(database);
        JobEngine engine =
                new JobEngine(database, clock, settings, resource -> remoteLimits.getOrDefault(resource.name(), 100));
        opened.push(engine);
        engine.register(steps);
        return engine;
    }

    final JobEngine started(JobSettings settings) {
        JobEngine engine = engine(open(), settings);
        engine.start();
        return engine;
    }

    final JobEngine started() {
        return started(SETTINGS);
    }

    /** Ends what was opened last: an engine and its database. */
    final void closeLast() throws Exception {
        opened.pop().close();
        opened.pop().close();
    }

    static NewJob job(String request) {
        return new NewJob(null, Steps.NAME, request, null, "from", "to", 0, null, "anna", "", null);
    }

    static NewJob named(String id, String request, @Nullable String remote, int priority) {
        return new NewJob(id, Steps.NAME, request, remote, "from", "to", priority, null, "anna", "", null);
    }

    static NewJob part(String batch, String id) {
        return new NewJob(id, Steps.NAME, "part", null, "from", "to", 0, null, "anna", "", batch);
    }

    static NewJob until(Instant deadline, String request) {
        return new NewJob(null, Steps.NAME, request, null, "from", "to", 0, deadline, "anna", "", null);
    }

    static JobSettings settings(int running) {
        return new JobSettings(
                running,
                SETTINGS.spaceInterval(),
                SETTINGS.firstBackOff(),
                SETTINGS.longestBackOff(),
                SETTINGS.failures(),
                SETTINGS.history(),
                SETTINGS.historyJobs(),
                SETTINGS.polling());
    }

    static Job awaitState(Jobs jobs, String id, JobState state) throws InterruptedException {
        await(id + " is " + state, () -> state(jobs, id) == state);
        return jobs.find(id).orElseThrow();
    }

    static @Nullable JobState state(Jobs jobs, String id) {
        return jobs.find(id).map(Job::state).orElse(null);
    }
}
