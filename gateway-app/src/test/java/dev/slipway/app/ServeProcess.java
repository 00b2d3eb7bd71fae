package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code slipway serve} in a separate process, on free ports. Closing kills it, as with {@code kill -9}. */
public final class ServeProcess implements AutoCloseable {
    /** Long enough for a machine that is busy with other tests. */
    private static final Duration START = Patience.LIMIT;

    private final Process process;
    private final Path log;
    private final ListenPorts ports;

    private ServeProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
        long end = System.nanoTime() + START.toNanos();
        while (!log().contains("the gateway is ready")) {
            assertThat(process.isAlive() && System.nanoTime() < end).as(log()).isTrue();
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
        this.ports = new ListenPorts(
                find("FTP with explicit TLS on .*?:(\\d+)"),
                find("FTP with implicit TLS on .*?:(\\d+)"),
                find("SFTP listens on .*? port (\\d+)"));
    }

    /**
     * Starts a gateway and waits until it is ready.
     *
     * @param log the file for its standard error
     */
    public static ServeProcess start(Path log, Path configuration) throws IOException {
        return start(log, configuration, List.of());
    }

    /**
     * Starts a gateway and waits until it is ready.
     *
     * @param log the file for its standard error
     * @param javaOptions override the usual ones
     */
    static ServeProcess start(Path log, Path configuration, List<String> javaOptions) throws IOException {
        List<String> command = command("serve", "--config", configuration.toString());
        command.addAll(command.indexOf("-cp"), javaOptions);
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(log.toFile())
                .start();
        boolean started = false;
        try {
            ServeProcess serving = new ServeProcess(process, log);
            started = true;
            return serving;
        } finally {
            if (!started) {
                process.destroyForcibly();
            }
        }
    }

    /** The command line in a separate process, with the class path of the tests. */
    static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:MaxDirectMemorySize=256m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    /**
     * Writes the configuration of a gateway with the account of {@link Protocol}, which cannot resume interrupted
     * uploads.
     *
     * @param directory for the file and the state
     * @param more further sections
     */
    static Path configuration(Path directory, S3Bucket bucket, String more) throws IOException {
        return configuration(directory, bucket, "off", more);
    }

    /**
     * Writes the configuration of a gateway with the state of another one.
     *
     * @param directory for the file; created
     * @param state the other one's
     */
    static Path configuration(Path directory, Path state, S3Bucket bucket) throws IOException {
        Files.createDirectories(directory);
        Path file = configuration(directory, bucket, "");
        return Files.writeString(
                file, Files.readString(file).replace(directory.resolve("state").toString(), state.toString()));
    }

    /**
     * Writes the configuration of a gateway with the account of {@link Protocol}.
     *
     * @param resume what happens to its interrupted uploads
     */
    public static Path configuration(Path directory, S3Bucket bucket, String resume, String more) throws IOException {
        return Files.writeString(directory.resolve("slipway.yml"), """
                        s3:
                          endpoint: %s
                          region: %s
                          accessKey: %s
                          secretKey: %s
                          bucket: %s
                          probe: false
                        memory: {parts: 64MiB, firstPart: 5MiB, downloads: 32MiB}
                        state: {directory: '%s'}
                        ftps: {bind: 127.0.0.1, explicitPort: 0, implicitPort: 0, passivePorts: 0}
                        sftp: {bind: 127.0.0.1, port: 0}
                        accounts: [{name: %s, password: %s, resume: %s}]
                        %s
                        """.formatted(
                        bucket.endpoint().uri(),
                        bucket.endpoint().region(),
                        bucket.endpoint().accessKey(),
                        bucket.endpoint().secretKey(),
                        bucket.name(),
                        directory.resolve("state"),
                        Protocol.USER,
                        Protocol.PASSWORD,
                        resume,
                        more));
    }

    public ListenPorts ports() {
        return ports;
    }

    Process process() {
        return process;
    }

    /** Its log so far. */
    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A number in the log. */
    int find(String line) {
        Matcher matcher = Pattern.compile(line).matcher(log());
        assertThat(matcher.find()).as(log()).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    public void kill() {
        process.destroyForcibly();
        assertThat(process.onExit()
                        .orTimeout(Patience.SECONDS, TimeUnit.SECONDS)
                        .join()
                        .isAlive())
                .isFalse();
    }

    @Override
    public void close() {
        kill();
    }
}
