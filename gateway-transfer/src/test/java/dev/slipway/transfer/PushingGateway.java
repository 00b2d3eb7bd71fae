package dev.slipway.transfer;

import dev.slipway.core.state.PostgresAddress;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Endpoint;
import dev.slipway.transfer.job.JobSettings;
import dev.slipway.transfer.push.PushSettings;
import dev.slipway.transfer.push.SourceRules;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.StoredRemotes;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/** A process that runs the jobs of a PostgreSQL database until it is killed. */
final class PushingGateway implements AutoCloseable {
    static final SecretBox SECRETS = new SecretBox(new byte[SecretBox.KEY_LENGTH]);

    private final Process process;

    private PushingGateway(Process process) {
        this.process = process;
    }

    /**
     * Starts a gateway.
     *
     * @param folder for its own files
     */
    static PushingGateway start(String database, S3Endpoint store, Path folder) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PushingGateway.class.getName(),
                        database,
                        folder.toString()))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment()
                .putAll(Map.of(
                        "STORE", store.uri().toString(),
                        "REGION", store.region(),
                        "ACCESS_KEY", store.accessKey(),
                        "SECRET_KEY", store.secretKey()));
        return new PushingGateway(builder.start());
    }

    /** Stops all its threads until {@link #thaw()}. */
    void freeze() throws IOException, InterruptedException {
        signal("STOP");
    }

    void thaw() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        // The shell's built-in: not every system has a program of that name.
        Process sent = new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid()).start();
        if (sent.waitFor() != 0) {
            throw new IOException("the process has ended");
        }
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

    /** The jobs of a gateway, not started yet. */
    static Transfers transfers(StateDatabase database, TestStore store) {
        JobSettings settings = new JobSettings(
                3,
                Duration.ofHours(1),
                Duration.ofMillis(100),
                Duration.ofSeconds(1),
                50,
                Duration.ofDays(1),
                1000,
                Duration.ofMillis(100));
        return new Transfers(
                database,
                store.store(),
                new StoredRemotes(database, SECRETS, List.of()),
                SECRETS,
                new PushSettings(null, PushSettings.DEFAULT_URL_LIFETIME, OptionalInt.empty(), SourceRules.PUBLIC),
                settings,
                _ -> Optional.empty(),
                Clock.systemUTC());
    }

    private static String variable(String name) {
        return Objects.requireNonNull(System.getenv(name), name);
    }

    /** The process. */
    public static void main(String... arguments) throws Exception {
        S3Endpoint endpoint = new S3Endpoint(
                "the store",
                URI.create(variable("STORE")),
                variable("REGION"),
                variable("ACCESS_KEY"),
                variable("SECRET_KEY"));
        try (StateDatabase database = StateDatabase.open(new PostgresAddress(arguments[0], null, null));
                TestStore store = new TestStore(endpoint, Path.of(arguments[1]));
                Transfers transfers = transfers(database, store)) {
            transfers.start();
            // The process that started this one has ended.
            var _ = System.in.read();
        }
    }
}
