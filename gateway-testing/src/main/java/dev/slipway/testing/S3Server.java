package dev.slipway.testing;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A store for one test, which may kill and restart it; {@link S3Store} is faster for all other tests. It is started by
 * {@code minio-start.sh} and ends at the latest with this JVM, even if that is killed. Not thread-safe.
 */
public final class S3Server implements RunningStore {
    /** The name of the key that {@link #startEncrypting()} gives MinIO. */
    public static final String KMS_KEY = "slipway-test";

    private static final Duration STOP_TIME = Patience.LIMIT;

    private final S3Product product;
    private final Path data;
    private final Map<String, String> environment;
    private Process script;
    private Map<String, String> facts;

    private S3Server(S3Product product, Path data, Map<String, String> environment) throws IOException {
        this.product = product;
        this.data = data;
        this.environment = environment;
        this.facts = Map.of();
        this.script = launch();
    }

    /**
     * Starts a store with a new, empty data folder. Blocks until it answers, which takes a second, or some minutes if
     * the server has to be built first.
     *
     * @throws IOException if it cannot be started; the message says what is missing
     */
    public static S3Server start(S3Product product) throws IOException {
        Path data = Files.createTempDirectory("slipway-" + product.option());
        try {
            return new S3Server(product, data, Map.of());
        } catch (IOException | RuntimeException e) {
            Folders.delete(data);
            throw e;
        }
    }

    /**
     * Starts a MinIO with encryption: with TLS, which SSE-C requires, and with a key named {@value #KMS_KEY} for SSE-S3
     * and SSE-KMS.
     *
     * @throws IOException if it cannot be started; the message says what is missing
     */
    public static S3Server startEncrypting() throws IOException {
        Path data = Files.createTempDirectory("slipway-minio");
        try {
            SelfSigned.write(
                    Files.createDirectories(data.resolve("certs")).resolve("public.crt"),
                    data.resolve("certs/private.key"));
            byte[] key = new byte[32];
            new SecureRandom().nextBytes(key);
            String encoded = Base64.getEncoder().encodeToString(key);
            return new S3Server(S3Product.MINIO, data, Map.of("MINIO_KMS_SECRET_KEY", KMS_KEY + ":" + encoded));
        } catch (IOException | RuntimeException e) {
            Folders.delete(data);
            throw e;
        }
    }

    /** The certificate of a server with TLS, as PEM. */
    public Path certificate() {
        return data.resolve("certs/public.crt");
    }

    /** Its address, which a {@link #restart()} does not change. */
    @Override
    public S3Endpoint endpoint() {
        return new S3Endpoint(
                product.title(), URI.create(fact("endpoint")), fact("region"), fact("access-key"), fact("secret-key"));
    }

    /** Kills the server with SIGKILL and waits for its end. */
    public void kill() throws IOException {
        String container = facts.get("container");
        if (container != null) {
            await(new ProcessBuilder("docker", "kill", container)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start());
        } else {
            ProcessHandle.of(Long.parseLong(fact("pid"))).ifPresent(ProcessHandle::destroyForcibly);
        }
        stopScript();
    }

    /**
     * Restarts the server after {@link #kill()}, on the same port, with the same data and credentials. Blocks until it
     * answers.
     */
    public void restart() throws IOException {
        if (script.isAlive()) {
            throw new IllegalStateException(product.title() + " is running");
        }
        script = launch();
    }

    /**
     * Deletes the trash in which MinIO keeps replaced and deleted objects. MinIO itself empties it only every five
     * minutes, by which time it may contain gigabytes. Other products have none.
     */
    public void emptyTrash() throws IOException {
        Path trash = data.resolve("minio/.minio.sys/tmp/.trash");
        if (!Files.isDirectory(trash)) {
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(trash)) {
            for (Path entry : entries) {
                Folders.delete(entry);
            }
        }
    }

    /** Stops the server and deletes its data. */
    @Override
    public void close() throws IOException {
        stopScript();
        Folders.delete(data);
    }

    private String fact(String name) {
        String value = facts.get(name);
        if (value == null) {
            throw new IllegalStateException("minio-start.sh printed no " + name + "=");
        }
        return value;
    }

    private Process launch() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "bash",
                projectRoot().resolve("minio-start.sh").toString(),
                "--foreground",
                "--store",
                product.option(),
                "--data",
                data.toString()));
        boolean again = !facts.isEmpty();
        if (again) {
            command.addAll(List.of(
                    "--port", Integer.toString(URI.create(fact("endpoint")).getPort())));
        }
        Path errors = data.resolve("start.log");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
        builder.environment().putAll(environment);
        if (again) {
            String user = product == S3Product.MINIO ? "MINIO_ROOT_USER" : "ROOT_ACCESS_KEY";
            String password = product == S3Product.MINIO ? "MINIO_ROOT_PASSWORD" : "ROOT_SECRET_KEY";
            builder.environment().put(user, fact("access-key"));
            builder.environment().put(password, fact("secret-key"));
        }
        Process process = builder.start();
        Map<String, String> printed = new HashMap<>();
        try {
            BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
            // The last line is the pid or the container; if the output ends earlier, the server did not start.
            while (!printed.containsKey("pid") && !printed.containsKey("container")) {
                @Nullable String line = output.readLine();
                if (line == null) {
                    throw new IOException(product.title() + " for the tests did not start: "
                            + Files.readString(errors).strip());
                }
                int equals = line.indexOf('=');
                if (equals > 0) {
                    printed.put(line.substring(0, equals), line.substring(equals + 1));
                }
            }
        } catch (IOException e) {
            process.destroy();
            throw e;
        }
        facts = Map.copyOf(printed);
        return process;
    }

    private void stopScript() throws IOException {
        // The end of its standard input makes it stop the server.
        script.getOutputStream().close();
        await(script);
    }

    private static void await(Process process) throws IOException {
        try {
            if (!process.waitFor(STOP_TIME.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("did not end within " + STOP_TIME.toSeconds() + " s: "
                        + process.info().commandLine().orElse("?"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** The folder of the project: the system property {@code slipway.root}, or else searched upwards. */
    static Path projectRoot() {
        @Nullable String configured = System.getProperty("slipway.root");
        if (configured != null) {
            return Path.of(configured);
        }
        for (@Nullable File folder = new File("").getAbsoluteFile(); folder != null; folder = folder.getParentFile()) {
            if (new File(folder, "minio-start.sh").isFile()) {
                return folder.toPath();
            }
        }
        throw new IllegalStateException("no minio-start.sh in this folder or above it; set -Dslipway.root");
    }
}
