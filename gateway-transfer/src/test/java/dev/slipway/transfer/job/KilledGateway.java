package dev.slipway.transfer.job;

import static dev.slipway.testing.Patience.await;

import dev.slipway.core.state.PostgresAddress;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process that works on jobs until it is killed. It never ends one whose request is {@code hold}. */
final class KilledGateway implements AutoCloseable {
    private final Process process;

    private KilledGateway(Process process) {
        this.process = process;
    }

    /**
     * Starts one.
     *
     * @param database a file, or the URL of a PostgreSQL database
     */
    static KilledGateway start(String database) throws IOException {
        return new KilledGateway(new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledGateway.class.getName(),
                        database))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Waits until it works on a job. */
    void awaitAttempt(Jobs jobs, String id) throws InterruptedException {
        await("it works on " + id, () -> {
            if (!process.isAlive()) {
                throw new AssertionError("the process has ended: " + process.exitValue());
            }
            Job job = jobs.find(id).orElseThrow();
            return job.state() == JobState.RUNNING && job.phase().equals("holding");
        });
    }

    void kill() {
        process.destroyForcibly()
                .onExit()
                .orTimeout(Patience.SECONDS, TimeUnit.SECONDS)
                .join();
    }

    @Override
    public void close() {
        kill();
    }

    /** The process. */
    public static void main(String... arguments) throws Exception {
        String database = arguments[0];
        try (StateDatabase state = database.startsWith(PostgresAddress.SCHEME)
                        ? StateDatabase.open(new PostgresAddress(database, null, null))
                        : StateDatabase.open(Path.of(database));
                JobEngine jobs = new JobEngine(state, Clock.systemUTC(), JobContract.SETTINGS, _ -> 100)) {
            jobs.register(new Steps().on("hold", run -> {
                run.save("half");
                run.progress("holding", 5, 10);
                return Steps.untilStopped(run);
            }));
            jobs.start();
            // The one who has started it has died.
            var _ = System.in.read();
        }
    }
}
