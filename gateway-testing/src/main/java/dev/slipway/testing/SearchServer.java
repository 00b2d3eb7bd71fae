package dev.slipway.testing;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * An OpenSearch node on loopback, in a process of its own, which a test may stop, kill and start again. The process ends at
 * the latest with this JVM, even if that is killed. Not thread-safe.
 */
public final class SearchServer implements AutoCloseable {
    private static final String READY = "READY";

    private final Path folder;
    private final int port;
    private final int transportPort;
    private @Nullable Process process;

    private SearchServer(Path folder, int port, int transportPort) {
        this.folder = folder;
        this.port = port;
        this.transportPort = transportPort;
    }

    /** One without data that is not started yet. Nothing listens at its address. */
    public static SearchServer stopped() throws IOException {
        return new SearchServer(Files.createTempDirectory("slipway-search"), freePort(), freePort());
    }

    /** Starts one without data. Blocks until it answers. */
    public static SearchServer start() throws IOException {
        SearchServer server = stopped();
        boolean started = false;
        try {
            server.restart();
            started = true;
            return server;
        } finally {
            if (!started) {
                server.close();
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    /** Its address, which a {@link #restart()} does not change. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Starts it, with its data of before. Blocks until it answers. */
    public void restart() throws IOException {
        Path module = Path.of(System.getProperty("slipway.root"), "gateway-opensearch", "target");
        Path classPath = module.resolve("classpath");
        if (Files.notExists(classPath)) {
            throw new IOException(classPath + " is missing: build gateway-opensearch, or use Maven's option -am");
        }
        Process started = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        // A start needs half of the time without the second compiler.
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        module.resolve("classes")
                                + File.pathSeparator
                                + Files.readString(classPath).strip(),
                        "dev.slipway.opensearch.OpenSearchNode",
                        folder.toString(),
                        Integer.toString(port),
                        Integer.toString(transportPort)))
                .redirectErrorStream(true)
                .start();
        process = started;
        CompletableFuture<@Nullable Void> ready = new CompletableFuture<>();
        Thread _ = Thread.ofVirtual().name("opensearch-output").start(() -> follow(started, ready));
        try {
            ready.get(Patience.SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            kill();
            throw new IOException("OpenSearch for the tests did not start: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static void follow(Process process, CompletableFuture<@Nullable Void> ready) {
        StringBuilder printed = new StringBuilder();
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.equals(READY)) {
                    ready.complete(null);
                }
                if (!ready.isDone()) {
                    printed.append(line).append('\n');
                }
            }
            ready.completeExceptionally(new IOException(printed.toString()));
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
    }

    /** Stops it in order, and waits for its end. */
    public void stop() throws IOException {
        Process running = process;
        if (running != null) {
            // The end of its standard input.
            running.getOutputStream().close();
            end(running);
        }
    }

    /** Kills it with SIGKILL, and waits for its end. */
    public void kill() throws IOException {
        Process running = process;
        if (running != null) {
            running.destroyForcibly();
            end(running);
        }
    }

    private void end(Process running) throws IOException {
        process = null;
        try {
            if (!running.waitFor(Patience.SECONDS, TimeUnit.SECONDS)) {
                running.destroyForcibly();
                throw new IOException("OpenSearch did not end within " + Patience.SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Kills it, and deletes its data. */
    @Override
    public void close() throws IOException {
        try {
            kill();
        } finally {
            Folders.delete(folder);
        }
    }
}
