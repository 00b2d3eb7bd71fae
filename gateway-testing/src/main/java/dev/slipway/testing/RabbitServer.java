package dev.slipway.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/**
 * A RabbitMQ broker for one test, which may kill and restart it: in a container if a Docker engine is available,
 * otherwise Debian's {@code rabbitmq-server} as a process with separate ports, folder and cookie. The process ends at
 * the latest with this JVM, even if that is killed. Not thread-safe.
 */
public final class RabbitServer implements AutoCloseable {
    private static final Duration START_TIME = Patience.LIMIT;
    private static final Duration STOP_TIME = Patience.LIMIT;
    private static final int AMQP_PORT = 5672;
    private static final int AMQPS_PORT = 5671;
    private static final int READABLE = 0644; // for the container's user
    private static final String USER = "gateway";
    private static final String PASSWORD = "pass:word/7";
    private static final String STARTED = "Server startup complete";

    /** Debian's program on the PATH changes to another user and uses a shared folder. */
    private static final List<Path> PROGRAMS =
            List.of(Path.of("/usr/lib/rabbitmq/bin/rabbitmq-server"), Path.of("/usr/local/sbin/rabbitmq-server"));

    /**
     * The broker runs as long as the standard input of this is open. After a minute without Erlang's name service, the
     * broker starts one, which would outlive it.
     */
    private static final String KEEPER =
            "\"$@\" </dev/null & echo \"pid=$!\"; cat >/dev/null; kill -9 $! 2>/dev/null; wait; epmd -kill >/dev/null 2>&1";

    private final int port;
    private final int tlsPort;
    private final int distributionPort;
    private final int namesPort;
    private final Path folder;
    private final String node = "slipway-" + UUID.randomUUID().toString().substring(0, 8) + "@localhost";
    private final @Nullable GenericContainer<?> container;
    private @Nullable Process keeper;
    private volatile long pid;
    private int starts = 1;

    private RabbitServer(Path folder) throws IOException {
        this.folder = folder;
        this.port = freePort();
        this.tlsPort = freePort();
        this.distributionPort = freePort();
        this.namesPort = freePort();
        SelfSigned.write(certificate(), folder.resolve("key.pem"));
        this.container = S3Container.dockerAnswers() ? container() : null;
    }

    private Path certificate() {
        return folder.resolve("certificate.pem");
    }

    /**
     * Starts an empty broker. Blocks until it answers, which takes some seconds.
     *
     * @throws IOException if it cannot be started; the message says what is missing
     */
    public static RabbitServer start() throws IOException {
        Path folder = Files.createTempDirectory("slipway-rabbitmq");
        RabbitServer server = new RabbitServer(folder);
        try {
            if (server.container != null) {
                server.container.start();
            } else {
                server.prepare();
                server.launch();
            }
            return server;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /** On fixed ports, so that it keeps its address after a restart. */
    @SuppressWarnings("resource") // closed by close()
    private GenericContainer<?> container() {
        GenericContainer<?> made = new GenericContainer<>(
                        DockerImageName.parse(Optional.ofNullable(System.getenv("SLIPWAY_RABBITMQ_IMAGE"))
                                .orElse("rabbitmq:4")))
                .withEnv("RABBITMQ_DEFAULT_USER", USER)
                .withEnv("RABBITMQ_DEFAULT_PASS", PASSWORD)
                .withCreateContainerCmdModifier(command -> command.withHostName("rabbitmq"))
                .withCopyFileToContainer(MountableFile.forHostPath(certificate(), READABLE), "/tls/certificate.pem")
                .withCopyFileToContainer(MountableFile.forHostPath(folder.resolve("key.pem"), READABLE), "/tls/key.pem")
                .withCopyToContainer(
                        Transferable.of(tls("0.0.0.0:" + AMQPS_PORT, Path.of("/tls"))),
                        "/etc/rabbitmq/conf.d/20-tls.conf")
                .withExposedPorts(AMQP_PORT, AMQPS_PORT)
                .waitingFor(Wait.forLogMessage(".*" + STARTED + ".*", 1));
        made.setPortBindings(List.of("127.0.0.1:" + port + ":" + AMQP_PORT, "127.0.0.1:" + tlsPort + ":" + AMQPS_PORT));
        return made;
    }

    private static String tls(String listener, Path certificates) {
        return """
                listeners.ssl.default = %s
                ssl_options.certfile = %s
                ssl_options.keyfile = %s
                ssl_options.verify = verify_none
                ssl_options.fail_if_no_peer_cert = false
                """.formatted(listener, certificates.resolve("certificate.pem"), certificates.resolve("key.pem"));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Its address, which a {@link #restart()} does not change. */
    public RabbitBroker broker() {
        return new RabbitBroker("127.0.0.1", port, tlsPort, certificate(), USER, PASSWORD);
    }

    /** Kills the broker with SIGKILL and waits for its end. */
    public void kill() throws IOException {
        if (container != null) {
            DockerClientFactory.instance()
                    .client()
                    .killContainerCmd(container.getContainerId())
                    .exec();
            return;
        }
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        stopKeeper();
    }

    /** Stops the broker with SIGTERM, so that it writes everything to disk, and waits for its end. */
    public void stop() throws IOException {
        if (container != null) {
            DockerClientFactory.instance()
                    .client()
                    .stopContainerCmd(container.getContainerId())
                    .exec();
            return;
        }
        ProcessHandle broker = ProcessHandle.of(pid).orElseThrow(() -> new IOException("RabbitMQ is not running"));
        broker.destroy();
        try {
            broker.onExit().get(STOP_TIME.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("RabbitMQ did not end within " + STOP_TIME.toSeconds() + " s of SIGTERM", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            stopKeeper();
        }
    }

    /**
     * Restarts the broker after {@link #kill()} or {@link #stop()}, on the same port, with the queues that its disk
     * contains. Blocks until it answers.
     */
    public void restart() throws IOException {
        if (container != null) {
            starts++;
            DockerClientFactory.instance()
                    .client()
                    .startContainerCmd(container.getContainerId())
                    .exec();
            Wait.forLogMessage(".*" + STARTED + ".*", starts).waitUntilReady(container);
            return;
        }
        launch();
    }

    private void prepare() throws IOException {
        Files.createDirectories(folder.resolve("home"));
        Files.writeString(folder.resolve("plugins"), "[].");
        Files.writeString(
                folder.resolve("rabbitmq.conf"),
                """
                listeners.tcp.default = 127.0.0.1:%d
                default_user = %s
                default_pass = %s
                log.console = true
                log.file = false
                disk_free_limit.absolute = 1MB
                """.formatted(port, USER, PASSWORD) + tls("127.0.0.1:" + tlsPort, folder));
    }

    private void launch() throws IOException {
        Path program = PROGRAMS.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalStateException(
                                "The tests need rabbitmq-server, which is not installed. On Debian: apt-get install rabbitmq-server"));
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", KEEPER, "keeper", program.toString(), "-noinput")
                .directory(folder.toFile())
                .redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("RABBITMQ_") || name.startsWith("ERL_"));
        environment.put("HOME", folder.resolve("home").toString());
        environment.put("RABBITMQ_ALLOW_INPUT", "true"); // without a shell in between, which would hide the process
        environment.put("RABBITMQ_NODENAME", node);
        environment.put("ERL_EPMD_ADDRESS", "127.0.0.1");
        environment.put("ERL_EPMD_PORT", String.valueOf(namesPort));
        environment.put("RABBITMQ_DIST_PORT", String.valueOf(distributionPort));
        environment.put("RABBITMQ_CONFIG_FILE", folder.resolve("rabbitmq").toString());
        environment.put("RABBITMQ_ADVANCED_CONFIG_FILE", folder.resolve("none").toString());
        environment.put("RABBITMQ_CONF_ENV_FILE", folder.resolve("none").toString());
        environment.put(
                "RABBITMQ_ENABLED_PLUGINS_FILE", folder.resolve("plugins").toString());
        environment.put("RABBITMQ_MNESIA_BASE", folder.resolve("data").toString());
        environment.put("RABBITMQ_LOG_BASE", folder.resolve("log").toString());
        environment.put("RABBITMQ_PID_FILE", folder.resolve("pid").toString());
        environment.put(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "-sname " + node + " -setcookie " + UUID.randomUUID() + " -start_epmd false -erl_epmd_port "
                        + distributionPort + " -kernel inet_dist_use_interface {127,0,0,1}");
        Process process = builder.start();
        keeper = process;
        CompletableFuture<Void> started = new CompletableFuture<>();
        Thread.ofVirtual().name("rabbitmq-output").start(() -> follow(process, started));
        try {
            started.get(START_TIME.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            stopKeeper();
            throw new IOException("RabbitMQ for the tests did not start: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Reads the broker's output to its end. */
    private void follow(Process process, CompletableFuture<Void> started) {
        StringBuilder printed = new StringBuilder();
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith("pid=")) {
                    pid = Long.parseLong(line.substring("pid=".length()));
                }
                if (line.contains(STARTED)) {
                    started.complete(null);
                }
                if (!started.isDone()) {
                    printed.append(line).append('\n');
                }
            }
            started.completeExceptionally(new IOException(printed.toString()));
        } catch (IOException e) {
            started.completeExceptionally(e);
        }
    }

    private void stopKeeper() throws IOException {
        Process process = keeper;
        if (process == null) {
            return;
        }
        keeper = null;
        // The end of its standard input makes it kill the broker.
        process.getOutputStream().close();
        try {
            if (!process.waitFor(STOP_TIME.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("RabbitMQ did not end within " + STOP_TIME.toSeconds() + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Stops the broker and deletes its data. */
    @Override
    public void close() {
        try {
            if (container != null) {
                container.stop();
            }
            stopKeeper();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            Folders.delete(folder);
        }
    }
}
