package dev.slipway.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code slipway serve} in a separate process, with the launcher's options for Java, on free ports. Closing kills it,
 * as {@code kill -9} does.
 */
final class GatewayProcess implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(2);
    private static final Duration END = Duration.ofMinutes(1);

    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(20)).build();

    private final Process process;
    private final Path log;
    private final int ftpsPort;
    private final int sftpPort;
    private final int adminPort;

    private GatewayProcess(Process process, Path log, int adminPort) throws IOException {
        this.process = process;
        this.log = log;
        this.adminPort = adminPort;
        long end = System.nanoTime() + START.toNanos();
        while (!log().contains("the gateway is ready")) {
            if (!process.isAlive() || System.nanoTime() > end) {
                throw new IOException("the gateway did not start:\n" + log());
            }
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
        this.ftpsPort = find("FTP with explicit TLS on .*?:(\\d+)");
        this.sftpPort = find("SFTP listens on .*? port (\\d+)");
    }

    /**
     * Starts a gateway and waits until it is ready, and so has reached the store.
     *
     * @param configuration all sections except {@code admin}, with 0 for the ports
     * @param log the file for its output; overwrites that of an earlier run
     * @param heapMiB the largest Java heap; 0 for the launcher's default
     */
    static GatewayProcess start(Path configuration, Path log, int adminPort, int heapMiB) throws IOException {
        Path root = Path.of(System.getProperty("slipway.root", "."));
        ProcessBuilder builder = new ProcessBuilder(
                        "bash",
                        "-c",
                        "source \"$1/bin/run-java.sh\"; run_java \"$2\" \"$1/gateway-app/target/slipway-application.jar\" serve --config \"$3\"",
                        "slipway",
                        root.toAbsolutePath().toString(),
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        configuration.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("AWS_") || name.startsWith("SLIPWAY_"));
        if (heapMiB > 0) {
            builder.environment().put("SLIPWAY_JAVA_OPTIONS", "-Xmx" + heapMiB + "m");
        }
        Process process = builder.start();
        // A run that is interrupted leaves no gateway behind.
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        boolean started = false;
        try {
            GatewayProcess gateway = new GatewayProcess(process, log, adminPort);
            started = true;
            return gateway;
        } finally {
            if (!started) {
                process.destroyForcibly();
            }
        }
    }

    private int find(String line) throws IOException {
        Matcher matcher = Pattern.compile(line).matcher(log());
        if (!matcher.find()) {
            throw new IOException("not in the gateway's log: " + line + "\n" + log());
        }
        return Integer.parseInt(matcher.group(1));
    }

    private String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int ftpsPort() {
        return ftpsPort;
    }

    int sftpPort() {
        return sftpPort;
    }

    int adminPort() {
        return adminPort;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Returns its metrics from {@code /metrics}. */
    Metrics metrics() throws IOException, InterruptedException {
        return Metrics.parse(get("/metrics"));
    }

    /** Checks {@code /healthz}. */
    void health() throws IOException, InterruptedException {
        get("/healthz");
    }

    private String get(String path) throws IOException, InterruptedException {
        HttpResponse<String> response = HTTP.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + adminPort + path))
                        .timeout(Duration.ofSeconds(10))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(path + ": " + response.statusCode());
        }
        return response.body();
    }

    /** The resident memory of the process, in bytes. */
    long residentBytes() throws IOException {
        return status("VmRSS:") * 1024;
    }

    /** The peak resident memory of the process, in bytes. */
    long peakResidentBytes() throws IOException {
        return status("VmHWM:") * 1024;
    }

    int threads() throws IOException {
        return Math.toIntExact(status("Threads:"));
    }

    private long status(String name) throws IOException {
        for (String line : Files.readAllLines(proc("status"))) {
            if (line.startsWith(name)) {
                return Long.parseLong(
                        line.substring(name.length()).replace("kB", "").strip());
            }
        }
        throw new IOException("no " + name + " of process " + pid());
    }

    int descriptors() throws IOException {
        try (Stream<Path> open = Files.list(proc("fd"))) {
            return Math.toIntExact(open.count());
        }
    }

    /** The CPU time that it has used. */
    Duration cpu() {
        return process.toHandle().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    private Path proc(String file) {
        return Path.of("/proc", Long.toString(pid()), file);
    }

    /** Runs {@code jcmd} on it, and returns the output. */
    String jcmd(String... command) throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(Stream.concat(
                                Stream.of(
                                        Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                                .toString(),
                                        Long.toString(pid())),
                                Stream.of(command))
                        .toList())
                .redirectErrorStream(true)
                .start();
        String printed = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        jcmd.waitFor();
        return printed;
    }

    /** Kills it, and waits for its end. */
    void kill() {
        process.destroyForcibly();
        process.onExit().orTimeout(END.toSeconds(), TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        kill();
    }

    /** Lines of its log that report unexpected problems. */
    List<String> alarms() throws IOException {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> line.contains(" ERROR ") || line.contains("OutOfMemoryError"))
                    .toList();
        }
    }
}
