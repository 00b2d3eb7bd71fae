package dev.slipway.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Python's aiosmtpd on loopback, with a self-signed certificate: one port demands STARTTLS, another begins with TLS, and
 * both a login. It refuses mail to {@code nobody} of any domain with 550.
 */
public final class SmtpServer implements AutoCloseable {
    private static final String USER = "slipway";
    private static final String PASSWORD = "secret-of-the-mail-server";

    private final Path folder;
    private final int startTlsPort;
    private final int tlsPort;
    private final Process process;

    private SmtpServer(Path folder, int startTlsPort, int tlsPort, Process process) {
        this.folder = folder;
        this.startTlsPort = startTlsPort;
        this.tlsPort = tlsPort;
        this.process = process;
    }

    /**
     * Starts it. Blocks until it answers.
     *
     * @throws IOException if aiosmtpd is not installed; the message has Python's own
     */
    public static SmtpServer start() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("slipway-smtp");
        Files.createDirectory(folder.resolve("mails"));
        SelfSigned.write(folder.resolve("certificate.pem"), folder.resolve("key.pem"));
        Path script = folder.resolve("smtp-server.py");
        try (InputStream in =
                Objects.requireNonNull(SmtpServer.class.getResourceAsStream("/dev/slipway/testing/smtp-server.py"))) {
            Files.copy(in, script);
        }
        int startTls = freePort();
        int tls = freePort();
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(
                        Clients.find("python3").toString(),
                        script.toString(),
                        folder.toString(),
                        Integer.toString(startTls),
                        Integer.toString(tls),
                        USER,
                        PASSWORD)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        SmtpServer server = new SmtpServer(folder, startTls, tls, process);
        try {
            Patience.await("the mail server answers", () -> {
                if (!process.isAlive()) {
                    throw new IOException("aiosmtpd (Debian: python3-aiosmtpd) ended: " + Files.readString(log));
                }
                return Files.exists(folder.resolve("ready"));
            });
            return server;
        } catch (IOException | InterruptedException | RuntimeException | AssertionError e) {
            server.close();
            throw e;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    /** The port that demands STARTTLS. */
    public int startTlsPort() {
        return startTlsPort;
    }

    /** The port that begins with TLS. */
    public int tlsPort() {
        return tlsPort;
    }

    /** The PEM file of its certificate, for 127.0.0.1. */
    public Path certificate() {
        return folder.resolve("certificate.pem");
    }

    /** Who may log in. */
    public String user() {
        return USER;
    }

    /** The password for it. */
    public String password() {
        return PASSWORD;
    }

    /** Has it answer 451 to each mail, or not. */
    public void setBusy(boolean busy) throws IOException {
        if (busy) {
            Files.createFile(folder.resolve("busy"));
        } else {
            Files.delete(folder.resolve("busy"));
        }
    }

    /** Whether it has answered so. */
    public boolean wasBusy() {
        return Files.exists(folder.resolve("was-busy"));
    }

    /** The mails that it has accepted, as they came, each with a first line {@code To:} that has all recipients. */
    public List<String> mails() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("mails"))) {
            List<Path> sorted = files.filter(file -> !file.toString().endsWith(".part"))
                    .sorted()
                    .toList();
            List<String> mails = new ArrayList<>();
            for (Path file : sorted) {
                mails.add(Files.readString(file, StandardCharsets.UTF_8));
            }
            return mails;
        }
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        Folders.delete(folder);
    }
}
