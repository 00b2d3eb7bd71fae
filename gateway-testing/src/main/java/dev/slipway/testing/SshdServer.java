package dev.slipway.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * OpenSSH's own server, on a port of loopback, for the user that runs the tests. It has separate host keys and accepts
 * {@link #userKey()}. Not thread-safe.
 *
 * <p>Clients see this machine as its user does: there is no other root folder.
 */
public final class SshdServer implements AutoCloseable {
    private static final Duration PATIENCE = Patience.LIMIT;

    /** How often another port is tried if another program has taken the chosen one. */
    private static final int PORT_TRIES = 5;

    /** The options of a server. Each method returns this. */
    public static final class Options {
        private boolean internalSftpOnly;
        private boolean hostCertificate;
        private String principals = "127.0.0.1,localhost";
        private String validity = "always:forever";
        private List<String> hostKeyTypes = List.of("ed25519");
        private final Set<String> withoutTools = new HashSet<>();
        private final Map<String, UnaryOperator<String>> scripts = new HashMap<>();
        private boolean restricted;
        private String sftpOptions = "";
        private final List<String> lines = new ArrayList<>();

        private Options() {}

        /** Only SFTP: no shell and no programs. */
        public Options internalSftpOnly() {
            internalSftpOnly = true;
            return this;
        }

        /** Hides programs that this machine has in /usr/bin and /bin. */
        public Options without(String... tools) {
            withoutTools.addAll(Set.of(tools));
            return this;
        }

        /**
         * Replaces a program by a shell script.
         *
         * @param script returns the script for the path of the program
         */
        public Options replacing(String tool, UnaryOperator<String> script) {
            scripts.put(tool, script);
            return without(tool);
        }

        /**
         * Logs clients in as {@code nobody}, if root runs the tests, so that they may not write everywhere. Only SFTP,
         * since nobody has no shell.
         */
        public Options restrictedUser() {
            restricted = true;
            return internalSftpOnly();
        }

        /** SFTP requests that it neither announces nor performs: {@code statvfs}, {@code posix-rename} and so on. */
        public Options withoutRequests(String... requests) {
            sftpOptions = " -P " + String.join(",", requests);
            return this;
        }

        /** The types of its host keys: {@code ed25519}, {@code ecdsa}, {@code rsa}. */
        public Options hostKeys(String... types) {
            hostKeyTypes = List.of(types);
            return this;
        }

        /**
         * Gives its first host key a certificate of {@link #hostAuthority()}.
         *
         * @param names the host names of the certificate, separated by commas
         * @param validWhen as for {@code ssh-keygen -V}
         */
        public Options hostCertificate(String names, String validWhen) {
            hostCertificate = true;
            principals = names;
            validity = validWhen;
            return this;
        }

        /** Adds a line to sshd_config, before the default ones: the first one applies. */
        public Options config(String line) {
            lines.add(line);
            return this;
        }

        /**
         * Starts it. Blocks until it listens.
         *
         * @throws IOException if it cannot be started
         * @throws IllegalStateException if it is not installed; the message says how to install it
         */
        public SshdServer start() throws IOException {
            Path folder = Files.createTempDirectory("slipway-sshd");
            try {
                return new SshdServer(this, folder);
            } catch (IOException | RuntimeException e) {
                Folders.delete(folder);
                throw e;
            }
        }
    }

    private final Options options;
    private final Path folder;
    private final ConcurrentLinkedQueue<String> log = new ConcurrentLinkedQueue<>();
    private int port;
    private @Nullable Process process;

    private SshdServer(Options options, Path folder) throws IOException {
        this.options = options;
        this.folder = folder;
        generateKey(folder.resolve("user"), "ed25519", "");
        generateKey(folder.resolve("authority"), "ed25519", "");
        Files.copy(folder.resolve("user.pub"), folder.resolve("authorized_keys"));
        for (String type : options.hostKeyTypes) {
            generateKey(hostKeyFile(type), type, "");
        }
        certifyHostKey();
        if (!options.withoutTools.isEmpty()) {
            linkTools(options.withoutTools);
            writeScripts();
        }
        if (options.restricted) {
            // Read with the rights of the user who logs in.
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        }
        IOException last = null;
        for (int i = 0; i < PORT_TRIES; i++) {
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = free.getLocalPort();
            }
            try {
                launch();
                return;
            } catch (IOException e) {
                last = e;
            }
        }
        throw new IOException("sshd for the tests did not start", last);
    }

    /** Starts a server with default options: a shell, SFTP, and one host key. */
    public static SshdServer start() throws IOException {
        return options().start();
    }

    /** Returns options for a server. */
    public static Options options() {
        return new Options();
    }

    /** Its port on 127.0.0.1, which a {@link #restart()} does not change. */
    public int port() {
        return port;
    }

    /** The user to log in as. */
    public String user() {
        return options.restricted && isRoot() ? "nobody" : System.getProperty("user.name");
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /**
     * The accepted private key, in OpenSSH's format and without a passphrase; its public key has the extension {@code
     * .pub}.
     */
    public Path userKey() {
        return folder.resolve("user");
    }

    /** Its first host key, as in {@code known_hosts} without the names: {@code ssh-ed25519 AAAA…}. */
    public String hostKey() {
        return hostKey(options.hostKeyTypes.getFirst());
    }

    /** One of its host keys. */
    public String hostKey(String type) {
        return publicKey(hostKeyFile(type));
    }

    /** The public key of the CA that signed its host certificate. */
    public String hostAuthority() {
        return publicKey(folder.resolve("authority"));
    }

    /**
     * Creates a key and accepts it.
     *
     * @param type as for {@code ssh-keygen -t}
     * @param passphrase empty for none
     * @return the private key's file
     */
    public Path authorizeKey(String type, String passphrase) throws IOException {
        Path file = folder.resolve("user-" + type + "-" + System.nanoTime());
        generateKey(file, type, passphrase);
        authorize(publicKey(file));
        return file;
    }

    /** Accepts this key. */
    public void authorize(String publicKey) throws IOException {
        Files.writeString(folder.resolve("authorized_keys"), publicKey + "\n", StandardOpenOption.APPEND);
    }

    /** Its log so far. */
    public String log() {
        return String.join("\n", log);
    }

    /** Kills it, all its sessions, and their child processes with SIGKILL. */
    public void kill() {
        Process running = process;
        if (running == null) {
            return;
        }
        List<ProcessHandle> children = running.descendants().toList();
        running.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
        try {
            running.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process = null;
    }

    /** Restarts it after {@link #kill()}, on the same port and with the same keys. Blocks until it listens. */
    public void restart() throws IOException {
        if (process != null) {
            throw new IllegalStateException("sshd is running");
        }
        launch();
    }

    /** Replaces its host keys for new connections. */
    public void changeHostKeys() throws IOException {
        kill();
        for (String type : options.hostKeyTypes) {
            Files.delete(hostKeyFile(type));
            Files.delete(Path.of(hostKeyFile(type) + ".pub"));
            generateKey(hostKeyFile(type), type, "");
        }
        certifyHostKey();
        restart();
    }

    /** Stops all its processes, as if the machine were frozen, until {@link #thaw()}. */
    public void freeze() throws IOException {
        signal("-STOP");
    }

    /** Ends {@link #freeze()}. */
    public void thaw() throws IOException {
        signal("-CONT");
    }

    @Override
    public void close() {
        kill();
        Folders.delete(folder);
    }

    private void signal(String signal) throws IOException {
        Process running = process;
        if (running == null) {
            throw new IllegalStateException("sshd is not running");
        }
        List<String> command = new ArrayList<>(List.of("kill", signal, Long.toString(running.pid())));
        running.descendants().forEach(child -> command.add(Long.toString(child.pid())));
        // The shell's built-in: not every system has a program of that name.
        run("sh", "-c", String.join(" ", command));
    }

    private Path hostKeyFile(String type) {
        return folder.resolve("host-" + type);
    }

    private void certifyHostKey() throws IOException {
        if (options.hostCertificate) {
            run(
                    Clients.find("ssh-keygen").toString(),
                    "-q",
                    "-s",
                    folder.resolve("authority").toString(),
                    "-I",
                    "test host",
                    "-h",
                    "-n",
                    options.principals,
                    "-V",
                    options.validity,
                    hostKeyFile(options.hostKeyTypes.getFirst()) + ".pub");
        }
    }

    private void linkTools(Set<String> without) throws IOException {
        Path tools = Files.createDirectory(folder.resolve("bin"));
        for (Path source : List.of(Path.of("/usr/bin"), Path.of("/bin"))) {
            try (var programs = Files.newDirectoryStream(source)) {
                for (Path program : programs) {
                    Path link = tools.resolve(program.getFileName());
                    if (!without.contains(program.getFileName().toString())
                            && !Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
                        Files.createSymbolicLink(link, program);
                    }
                }
            }
        }
    }

    private void writeScripts() throws IOException {
        for (Map.Entry<String, UnaryOperator<String>> script : options.scripts.entrySet()) {
            Path file = folder.resolve("bin").resolve(script.getKey());
            String original = Clients.find(script.getKey()).toString();
            Files.writeString(file, "#!/bin/sh\n" + script.getValue().apply(original) + "\n");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    private String config() {
        List<String> config = new ArrayList<>(options.lines);
        config.add("ListenAddress 127.0.0.1:" + port);
        for (String type : options.hostKeyTypes) {
            config.add("HostKey " + hostKeyFile(type));
        }
        if (options.hostCertificate) {
            config.add("HostCertificate " + hostKeyFile(options.hostKeyTypes.getFirst()) + "-cert.pub");
        }
        // Keeps start-up files of this machine's user out of the test.
        List<String> environment = new ArrayList<>(List.of("HOME=" + folder));
        config.add("PidFile none");
        config.add("AuthorizedKeysFile " + folder.resolve("authorized_keys"));
        config.add("StrictModes no");
        config.add("PermitRootLogin prohibit-password");
        config.add("PasswordAuthentication no");
        config.add("KbdInteractiveAuthentication no");
        config.add("UsePAM no");
        config.add("PrintMotd no");
        config.add("LogLevel VERBOSE");
        config.add("MaxSessions 100");
        config.add("MaxStartups 100");
        config.add("Subsystem sftp internal-sftp" + options.sftpOptions);
        if (options.internalSftpOnly) {
            config.add("ForceCommand internal-sftp" + options.sftpOptions);
        }
        if (!options.withoutTools.isEmpty()) {
            environment.add("PATH=" + folder.resolve("bin"));
        }
        config.add("SetEnv " + String.join(" ", environment));
        return String.join("\n", config) + "\n";
    }

    private void launch() throws IOException {
        if (isRoot()) {
            // The folder to which its sessions are confined before login; the system creates it when it starts the
            // service.
            Files.createDirectories(Path.of("/run/sshd"));
        }
        Path config = Files.writeString(folder.resolve("sshd_config"), config());
        Process started = new ProcessBuilder(Clients.find("sshd").toString(), "-D", "-e", "-f", config.toString())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        CompletableFuture<Boolean> listens = new CompletableFuture<>();
        Thread.ofVirtual().name("sshd-log").start(() -> follow(started, listens));
        try {
            if (!listens.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("sshd ended: " + log());
            }
        } catch (InterruptedException e) {
            started.destroyForcibly();
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted").initCause(e);
        } catch (ExecutionException | TimeoutException e) {
            started.destroyForcibly();
            throw new IOException("sshd does not listen: " + log(), e);
        } catch (IOException e) {
            started.destroyForcibly();
            throw e;
        }
        process = started;
    }

    private void follow(Process started, CompletableFuture<Boolean> listens) {
        try (BufferedReader lines = started.errorReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                log.add(line.strip());
                if (line.startsWith("Server listening on")) {
                    listens.complete(true);
                }
            }
        } catch (IOException e) {
            log.add(e.toString());
        }
        listens.complete(false);
    }

    private static String publicKey(Path privateKey) {
        try {
            String[] words =
                    Files.readString(Path.of(privateKey + ".pub")).strip().split(" ", -1);
            return words[0] + " " + words[1];
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void generateKey(Path file, String type, String passphrase) throws IOException {
        run(
                Clients.find("ssh-keygen").toString(),
                "-q",
                "-t",
                type,
                "-N",
                passphrase,
                "-C",
                "slipway test",
                "-f",
                file.toString());
    }

    private static void run(String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .start();
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            String printed = output.readAllAsString();
            if (process.waitFor() != 0) {
                throw new IOException(command[0] + " failed: " + printed);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
    }
}
