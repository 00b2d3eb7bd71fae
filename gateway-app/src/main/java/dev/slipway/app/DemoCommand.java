package dev.slipway.app;

import ch.qos.logback.classic.Level;
import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.embedded.EmbeddedS3;
import dev.slipway.app.keys.PrivateFiles;
import dev.slipway.app.log.LogOutput;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A gateway with its own store, on loopback, for a first look. */
@Command(
        name = "demo",
        description = {
            "Serves an embedded S3 store in a folder over FTPS and SFTP on 127.0.0.1, and prints how to use it.",
            "Port 0 picks a free port."
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    static final String BUCKET = "demo";

    /** The user of a demo is also its administrator. */
    static final String OPTIONS = "admin, push";

    private static final InetAddress ADDRESS = InetAddress.ofLiteral("127.0.0.1");
    private static final Duration READY_LIMIT = Duration.ofSeconds(60);

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    // All are read as text, so that every problem can be reported at once.

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "slipway-data",
            description = "Folder for files, keys and passwords. Default: ${DEFAULT-VALUE}")
    private String data = "";

    @Option(
            names = DemoOptions.EXPLICIT_PORT,
            paramLabel = "N",
            defaultValue = "2121",
            description = "Port of explicit FTPS. Default: ${DEFAULT-VALUE}")
    private String explicitPort = "";

    @Option(
            names = DemoOptions.IMPLICIT_PORT,
            paramLabel = "N",
            defaultValue = "2990",
            description = "Port of implicit FTPS. Default: ${DEFAULT-VALUE}")
    private String implicitPort = "";

    @Option(
            names = DemoOptions.PASSIVE_PORTS,
            paramLabel = "A-B",
            defaultValue = "2300-2499",
            description = "Ports of FTPS data connections. Default: ${DEFAULT-VALUE}")
    private String passivePorts = "";

    @Option(
            names = DemoOptions.SFTP_PORT,
            paramLabel = "N",
            defaultValue = "2222",
            description = "Port of SFTP and SCP. Default: ${DEFAULT-VALUE}")
    private String sftpPort = "";

    @Option(
            names = DemoOptions.STORE_PORT,
            paramLabel = "N",
            defaultValue = "2900",
            description = "Port of the embedded S3 store. Default: ${DEFAULT-VALUE}")
    private String storePort = "";

    @Option(
            names = DemoOptions.ADMIN_PORT,
            paramLabel = "N",
            defaultValue = "2980",
            description = "Port of the console, the HTTP API and metrics, or off. Default: ${DEFAULT-VALUE}")
    private String adminPort = "";

    @Option(names = "--user", paramLabel = "NAME", description = "Login name. Default: as before, or demo")
    private @Nullable String user;

    @Option(
            names = "--password",
            paramLabel = "P",
            description = {
                "Login password. Default: as before, or a random one.",
                "Other users of this machine can see it in the process list; --password-file hides it."
            })
    private @Nullable String password;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "File whose first line is the login password; - for standard input.")
    private @Nullable String passwordFile;

    @Override
    public Integer call() throws ConfigurationException, IOException, InterruptedException {
        LogOutput.setLevel(Level.WARN);
        DemoOptions options = options();
        checkPorts(options);
        Termination termination = Termination.takeOver();
        Path state = options.data().resolve("state");
        PrivateFiles.createDirectory(options.data());
        DemoCredentials credentials = DemoCredentials.openOrCreate(
                options.data().resolve("credentials.properties"), options.user(), options.password());
        EmbeddedS3 store = startStore(options, credentials);
        try {
            Gateway gateway = startGateway(options, credentials, store, state);
            try {
                DemoCard card = card(options, credentials, store, gateway, state);
                PrivateFiles.writePublic(card.knownHosts(), DemoCard.knownHosts(card.sftpPort(), card.hostKeys()));
                PrintWriter out = spec.commandLine().getOut();
                card.lines().forEach(out::println);
                out.flush();
                termination.await();
            } finally {
                gateway.close();
            }
        } finally {
            store.close();
        }
        return 0;
    }

    private @Nullable String password() throws IOException {
        if (passwordFile == null) {
            return password;
        }
        if (password != null) {
            throw new ParameterException(spec.commandLine(), "--password and --password-file cannot be used together");
        }
        try (BufferedReader lines = passwordFile.equals("-")
                ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                : Files.newBufferedReader(Path.of(passwordFile))) {
            String line = lines.readLine();
            return line == null ? "" : line;
        } catch (IOException | InvalidPathException e) {
            throw new IOException("--password-file " + passwordFile + " cannot be read: " + e, e);
        }
    }

    private DemoOptions options() throws IOException {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("--data", data);
        texts.put(DemoOptions.EXPLICIT_PORT, explicitPort);
        texts.put(DemoOptions.IMPLICIT_PORT, implicitPort);
        texts.put(DemoOptions.PASSIVE_PORTS, passivePorts);
        texts.put(DemoOptions.SFTP_PORT, sftpPort);
        texts.put(DemoOptions.STORE_PORT, storePort);
        if (user != null) {
            texts.put("--user", user);
        }
        String secret = password();
        if (secret != null) {
            texts.put("--password", secret);
        }
        if (!adminPort.equals("off")) {
            texts.put(DemoOptions.ADMIN_PORT, adminPort);
        }
        List<String> problems = new ArrayList<>();
        DemoOptions options = DemoOptions.parse(texts, problems);
        if (options == null) {
            throw new ParameterException(spec.commandLine(), String.join(System.lineSeparator(), problems));
        }
        return options;
    }

    /** All ports in use are reported at once, before anything is started. */
    private static void checkPorts(DemoOptions options) throws IOException {
        Map<String, Integer> ports = new LinkedHashMap<>();
        ports.put(DemoOptions.EXPLICIT_PORT, options.explicitPort());
        ports.put(DemoOptions.IMPLICIT_PORT, options.implicitPort());
        ports.put(DemoOptions.SFTP_PORT, options.sftpPort());
        ports.put(DemoOptions.STORE_PORT, options.storePort());
        ports.put(DemoOptions.ADMIN_PORT, options.adminPort());
        List<String> problems = new ArrayList<>();
        ports.forEach((option, port) -> Ports.problem(ADDRESS, port)
                .ifPresent(reason -> problems.add("port " + port + " is not available (" + reason
                        + "); choose another port with " + option + ", or 0 for any free port")));
        if (!problems.isEmpty()) {
            throw new IOException(String.join(System.lineSeparator() + "slipway: ", problems));
        }
    }

    private static EmbeddedS3 startStore(DemoOptions options, DemoCredentials credentials) throws IOException {
        Path folder = options.data().resolve("s3");
        // In the embedded store a bucket is a folder.
        PrivateFiles.createDirectory(folder);
        Files.createDirectories(folder.resolve("buckets").resolve(BUCKET));
        return EmbeddedS3.start(
                folder,
                new InetSocketAddress(ADDRESS, options.storePort()),
                credentials.accessKey(),
                credentials.secretKey());
    }

    private static Gateway startGateway(DemoOptions options, DemoCredentials credentials, EmbeddedS3 store, Path state)
            throws ConfigurationException, IOException, InterruptedException {
        Gateway gateway = Gateway.builder()
                .endpoint(store.endpoint())
                .credentials(credentials.accessKey(), credentials.secretKey())
                .bucket(BUCKET)
                .account(credentials.user(), credentials.password())
                .set("accounts[0].options", OPTIONS)
                .stateDirectory(state)
                // The home folder exists, and its first visitor should find it empty.
                .set("s3.probe", "false")
                .bind(ADDRESS.getHostAddress())
                .explicitPort(options.explicitPort())
                .implicitPort(options.implicitPort())
                .passivePorts(
                        options.passivePorts().first(), options.passivePorts().last())
                .sftpPort(options.sftpPort())
                .set("admin.port", options.adminPort() < 0 ? "off" : String.valueOf(options.adminPort()))
                // The terminal is for the card.
                .set("log.audit", "false")
                .start();
        if (!gateway.awaitReady(READY_LIMIT)) {
            gateway.close();
            throw new IOException("the embedded store was not ready within " + READY_LIMIT.toSeconds() + " s");
        }
        return gateway;
    }

    private static DemoCard card(
            DemoOptions options, DemoCredentials credentials, EmbeddedS3 store, Gateway gateway, Path state) {
        return new DemoCard(
                options,
                credentials,
                gateway.explicitPort().orElseThrow(),
                gateway.implicitPort().orElseThrow(),
                gateway.sftpPort().orElseThrow(),
                store.endpoint(),
                BUCKET,
                gateway.adminPort(),
                gateway.hasConsole(),
                gateway.certificateAuthority().orElseThrow(),
                gateway.certificateFingerprint(),
                gateway.hostKeys(),
                state.resolve("known_hosts"));
    }
}
