package dev.slipway.bench;

import dev.slipway.bench.Server.Access;
import dev.slipway.core.Protocol;
import dev.slipway.testing.S3Endpoint;
import dev.slipway.testing.S3Product;
import dev.slipway.testing.S3Server;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Starts servers, each on free loopback ports, with a separate configuration and keys, and otherwise with its defaults.
 * Not thread-safe.
 *
 * <p>Longer than other classes, since it has one method for each product, with the product's configuration.
 */
final class Servers implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";
    private static final String USER = "benchmark";

    /** The clients' password for FTPS. Servers listen only on loopback, and only while a benchmark runs. */
    static final String PASSWORD = "benchmark-password";

    /** The most concurrent data connections; a port stays busy for a moment after its client has ended. */
    private static final int PASSIVE_PORTS = 200;

    private final Workspace workspace;
    private final Queue<Server> started = new ConcurrentLinkedQueue<>();
    private @Nullable S3Server store;
    private @Nullable Remote remote;

    Servers(Workspace workspace) {
        this.workspace = workspace;
    }

    /** Why a product cannot be measured on this machine; empty if it can. */
    Optional<String> missing(Product product) {
        return switch (product) {
            case SLIPWAY_DISCARD, SLIPWAY -> Optional.empty();
            case OPENSSH, CURL -> absent("sshd", "Debian's package openssh-server");
            case VSFTPD ->
                System.getProperty("user.name").equals("root")
                        ? absent("vsftpd", "Debian's package vsftpd")
                        : Optional.of("vsftpd runs only as root");
            case RCLONE -> absent("rclone", "https://rclone.org/install, or bench.sh with Go at hand");
            case SFTPGO -> absent("sftpgo", "https://sftpgo.com");
        };
    }

    private static Optional<String> absent(String program, String remedy) {
        return find(program).isPresent()
                ? Optional.empty()
                : Optional.of("no " + program + " on the PATH (" + remedy + ")");
    }

    /** Finds a program: by the system property of its name, on the PATH, or in the folders of daemons. */
    private static Optional<Path> find(String program) {
        List<String> candidates = new ArrayList<>();
        String configured = System.getProperty("bench." + program);
        if (configured != null) {
            candidates.add(configured);
        }
        for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            candidates.add(folder + "/" + program);
        }
        candidates.add("/usr/sbin/" + program);
        return candidates.stream().map(Path::of).filter(Files::isExecutable).findFirst();
    }

    private static String require(String program) {
        return find(program)
                .orElseThrow(() -> new IllegalStateException(program + " is not installed"))
                .toString();
    }

    /** Starts a server. The caller closes it; otherwise it ends with this object. */
    Server start(Product product, Protocol protocol) throws IOException, InterruptedException {
        Server server = launch(product, protocol);
        started.add(server);
        return server;
    }

    private Server launch(Product product, Protocol protocol) throws IOException, InterruptedException {
        Path folder = workspace.folder(product.name().toLowerCase(Locale.ROOT) + "-");
        return switch (product) {
            case SLIPWAY_DISCARD -> slipwayDiscard(protocol, folder);
            case OPENSSH, CURL -> openSsh(product, folder);
            case VSFTPD -> vsftpd(folder);
            case SLIPWAY -> slipway(protocol, folder);
            case RCLONE -> rclone(folder);
            case SFTPGO -> sftpgo(protocol, folder);
        };
    }

    private static int freePort() throws IOException {
        return PortRange.free(1).first();
    }

    private static Access access(Protocol protocol, String user, String folder) throws IOException {
        PortRange passive = protocol == Protocol.FTPS ? PortRange.free(PASSIVE_PORTS) : PortRange.NONE;
        return new Access(LOOPBACK, freePort(), passive, user, folder);
    }

    private Server slipwayDiscard(Protocol protocol, Path folder) throws IOException, InterruptedException {
        Access access = access(protocol, USER, "/");
        int otherPort = freePort();
        boolean sftp = protocol == Protocol.SFTP;
        List<String> command = java(DiscardGateway.class.getName());
        command.addAll(List.of(
                folder.toString(),
                String.valueOf(sftp ? access.port() : otherPort),
                String.valueOf(sftp ? otherPort : access.port()),
                String.valueOf(access.passivePorts().first()),
                String.valueOf(access.passivePorts().last()),
                USER,
                PASSWORD,
                workspace.publicKey()));
        return Server.start(Product.SLIPWAY_DISCARD, access, command, Map.of(), folder.resolve("log"));
    }

    /** Java with the launcher's options, and those of SLIPWAY_JAVA_OPTIONS, as the launcher takes them. */
    private static List<String> java(String mainClass) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:MaxDirectMemorySize=4g",
                "-XX:+ExitOnOutOfMemoryError",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:CompileCommand=quiet",
                "-XX:CompileCommand=CompileThresholdScaling,com.sun.crypto.provider.*::*,0.02",
                "--enable-native-access=ALL-UNNAMED"));
        String options =
                System.getenv().getOrDefault("SLIPWAY_JAVA_OPTIONS", "").strip();
        if (!options.isEmpty()) {
            command.addAll(List.of(options.split("\\s+")));
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        return command;
    }

    private Server openSsh(Product product, Path folder) throws IOException, InterruptedException {
        Path files = Files.createDirectory(folder.resolve("files"));
        Access access = access(Protocol.SFTP, System.getProperty("user.name"), files + "/");
        Path authorized = Files.writeString(folder.resolve("authorized_keys"), workspace.publicKey() + "\n");
        Path configuration = Files.writeString(folder.resolve("sshd_config"), """
                ListenAddress 127.0.0.1
                Port %d
                HostKey %s
                AuthorizedKeysFile %s
                PidFile none
                StrictModes no
                UsePAM no
                UseDNS no
                PasswordAuthentication no
                PermitRootLogin prohibit-password
                MaxStartups 5000
                Subsystem sftp internal-sftp
                LogLevel ERROR
                SetEnv HOME=%s
                """.formatted(
                        access.port(), workspace.hostKey(folder), authorized, files));
        return Server.start(
                product,
                access,
                List.of(require("sshd"), "-D", "-e", "-f", configuration.toString()),
                Map.of(),
                folder.resolve("log"));
    }

    private Server vsftpd(Path folder) throws IOException, InterruptedException {
        // Anonymous users may not write to their root, which is also the session's chroot.
        Path files = Files.createDirectories(folder.resolve("root/files"));
        // It runs as a separate user, who needs access to its folder.
        for (Path passed : List.of(workspace.root(), folder, files.getParent())) {
            Files.setPosixFilePermissions(passed, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        Files.setPosixFilePermissions(files, PosixFilePermissions.fromString("rwxrwxrwx"));
        Access access = access(Protocol.FTPS, "anonymous", "/files/");
        Path configuration = Files.writeString(folder.resolve("vsftpd.conf"), """
                listen=YES
                listen_address=127.0.0.1
                listen_port=%d
                background=NO
                local_enable=NO
                anonymous_enable=YES
                no_anon_password=YES
                anon_root=%s
                anon_upload_enable=YES
                anon_mkdir_write_enable=YES
                anon_other_write_enable=YES
                anon_world_readable_only=NO
                anon_umask=022
                write_enable=YES
                secure_chroot_dir=%s
                pasv_min_port=%d
                pasv_max_port=%d
                max_clients=0
                max_per_ip=0
                ssl_enable=YES
                allow_anon_ssl=YES
                force_anon_logins_ssl=YES
                force_anon_data_ssl=YES
                require_ssl_reuse=NO
                ssl_ciphers=HIGH
                rsa_cert_file=%s
                rsa_private_key_file=%s
                xferlog_enable=NO
                """.formatted(
                        access.port(),
                        files.getParent(),
                        Files.createDirectory(folder.resolve("empty")),
                        access.passivePorts().first(),
                        access.passivePorts().last(),
                        workspace.certificate().certificate(),
                        workspace.certificate().key()));
        return Server.start(
                Product.VSFTPD,
                access,
                List.of(require("vsftpd"), configuration.toString()),
                Map.of(),
                folder.resolve("log"));
    }

    private Server slipway(Protocol protocol, Path folder) throws IOException, InterruptedException {
        Access access = access(protocol, USER, "/");
        S3Endpoint endpoint = store();
        boolean sftp = protocol == Protocol.SFTP;
        Path configuration = Files.writeString(folder.resolve("slipway.yml"), """
                s3:
                  endpoint: %s
                  region: %s
                  accessKey: %s
                  secretKey: %s
                  bucket: %s
                state:
                  directory: state
                ftps:
                  bind: 127.0.0.1
                  explicitPort: %s
                  implicitPort: off
                  passivePorts: %s
                  maxSessions: 5000
                  maxUnauthenticatedPerAddress: 300
                  certificate: %s
                  key: %s
                sftp:
                  bind: 127.0.0.1
                  port: %s
                  maxSessions: 5000
                  maxUnauthenticatedPerAddress: 300
                accounts:
                  - name: %s
                    password: %s
                    options: [admin]
                    authorizedKeys:
                      - %s
                """.formatted(
                        endpoint.uri(),
                        endpoint.region(),
                        endpoint.accessKey(),
                        endpoint.secretKey(),
                        bucket(Product.SLIPWAY),
                        sftp ? "off" : String.valueOf(access.port()),
                        sftp
                                ? "0"
                                : access.passivePorts().first() + "-"
                                        + access.passivePorts().last(),
                        workspace.certificate().certificate(),
                        workspace.certificate().key(),
                        sftp ? String.valueOf(access.port()) : "off",
                        USER,
                        PASSWORD,
                        workspace.publicKey()));
        List<String> command = java("dev.slipway.app.Main");
        command.addAll(List.of("serve", "--config", configuration.toString()));
        return Server.start(Product.SLIPWAY, access, command, Map.of(), folder.resolve("log"));
    }

    /**
     * Only SFTP: its FTP server does not encrypt data connections (PROT is refused), so it cannot be compared for FTPS.
     */
    private Server rclone(Path folder) throws IOException, InterruptedException {
        Access access = access(Protocol.SFTP, USER, "/");
        S3Endpoint endpoint = store();
        Path authorized = Files.writeString(folder.resolve("authorized_keys"), workspace.publicKey() + "\n");
        List<String> command = List.of(
                require("rclone"),
                "serve",
                "sftp",
                "store:" + bucket(Product.RCLONE),
                "--config",
                folder.resolve("rclone.conf").toString(),
                "--cache-dir",
                folder.resolve("cache").toString(),
                "--addr",
                LOOPBACK + ":" + access.port(),
                "--user",
                USER,
                "--authorized-keys",
                authorized.toString(),
                "--key",
                workspace.hostKey(folder).toString());
        Map<String, String> environment = new HashMap<>();
        environment.put("RCLONE_CONFIG_STORE_TYPE", "s3");
        environment.put("RCLONE_CONFIG_STORE_PROVIDER", "Minio");
        environment.put("RCLONE_CONFIG_STORE_ENDPOINT", endpoint.uri().toString());
        environment.put("RCLONE_CONFIG_STORE_ACCESS_KEY_ID", endpoint.accessKey());
        environment.put("RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY", endpoint.secretKey());
        return Server.start(Product.RCLONE, access, command, environment, folder.resolve("log"));
    }

    private Server sftpgo(Protocol protocol, Path folder) throws IOException, InterruptedException {
        Access access = access(protocol, USER, "/");
        S3Endpoint endpoint = store();
        boolean sftp = protocol == Protocol.SFTP;
        List<String> command = new ArrayList<>(List.of(
                require("sftpgo"),
                "portable",
                "--config-dir",
                folder.toString(),
                "--directory",
                folder.toString(),
                "--log-level",
                "error",
                "--username",
                USER,
                "--password",
                PASSWORD,
                "--public-key",
                workspace.publicKey(),
                "--permissions",
                "*",
                "--sftpd-port",
                sftp ? String.valueOf(access.port()) : "-1",
                "--ftpd-port",
                sftp ? "-1" : String.valueOf(access.port()),
                "--ftpd-cert",
                workspace.certificate().certificate().toString(),
                "--ftpd-key",
                workspace.certificate().key().toString(),
                "--fs-provider",
                "s3fs",
                "--s3-endpoint",
                endpoint.uri().toString(),
                "--s3-region",
                endpoint.region(),
                "--s3-access-key",
                endpoint.accessKey(),
                "--s3-access-secret",
                endpoint.secretKey(),
                "--s3-force-path-style",
                "--s3-bucket",
                bucket(Product.SFTPGO)));
        Map<String, String> environment = new HashMap<>();
        environment.put("SFTPGO_SFTPD__BINDINGS__0__ADDRESS", LOOPBACK);
        environment.put("SFTPGO_FTPD__BINDINGS__0__ADDRESS", LOOPBACK);
        // All clients have one address, from which it accepts 20 connections by default.
        environment.put("SFTPGO_COMMON__MAX_PER_HOST_CONNECTIONS", "0");
        if (!sftp) {
            environment.put(
                    "SFTPGO_FTPD__PASSIVE_PORT_RANGE__START",
                    String.valueOf(access.passivePorts().first()));
            environment.put(
                    "SFTPGO_FTPD__PASSIVE_PORT_RANGE__END",
                    String.valueOf(access.passivePorts().last()));
        }
        return Server.start(Product.SFTPGO, access, command, environment, folder.resolve("log"));
    }

    /**
     * A server to which gateways push files.
     *
     * @param hostKey as in {@code known_hosts}, without the name
     */
    record Remote(Access access, String hostKey) {}

    /** Returns the remote; starts it at the first use. */
    Remote remote() throws IOException, InterruptedException {
        Remote running = remote;
        if (running == null) {
            Path folder = workspace.folder("remote-");
            Server server = openSsh(Product.OPENSSH, folder);
            started.add(server);
            running = new Remote(
                    server.access(),
                    Files.readString(Workspace.hostPublicKey(folder)).strip());
            remote = running;
        }
        return running;
    }

    /** An object and its location. */
    record StoredObject(S3Endpoint endpoint, String bucket, String key) {
        /** {@code BUCKET:KEY}. */
        String name() {
            return bucket + ":" + key;
        }
    }

    /** An object in the gateway's bucket, which need not exist. */
    StoredObject object(String key) throws IOException {
        return new StoredObject(store(), bucket(Product.SLIPWAY), key);
    }

    /** Frees the memory of the store's replaced objects, so that each run has equally much. */
    void emptyTrash() throws IOException {
        if (store != null) {
            store.emptyTrash();
        }
    }

    /** Returns the gateways' store; starts it at the first use. */
    private S3Endpoint store() throws IOException {
        S3Server running = store;
        if (running == null) {
            running = S3Server.start(S3Product.MINIO);
            store = running;
        }
        return running.endpoint();
    }

    /** Returns the product's own bucket; creates it at the first use. */
    private String bucket(Product product) throws IOException {
        String name = "bench-" + product.name().toLowerCase(Locale.ROOT);
        try (S3AsyncClient client = store().newClient()) {
            boolean exists = client.listBuckets().join().buckets().stream()
                    .anyMatch(bucket -> bucket.name().equals(name));
            if (!exists) {
                client.createBucket(request -> request.bucket(name)).join();
            }
        }
        return name;
    }

    @Override
    public void close() throws IOException {
        started.forEach(Server::close);
        if (store != null) {
            store.close();
        }
    }
}
