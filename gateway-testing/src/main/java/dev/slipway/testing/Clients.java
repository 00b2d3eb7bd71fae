package dev.slipway.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Real client programs, run as a user would run them. */
public final class Clients {
    private static final Map<String, String> DEBIAN_PACKAGES = Map.ofEntries(
            Map.entry("curl", "curl"),
            Map.entry("lftp", "lftp"),
            Map.entry("sftp", "openssh-client"),
            Map.entry("scp", "openssh-client"),
            Map.entry("ssh", "openssh-client"),
            Map.entry("ssh-keygen", "openssh-client"),
            Map.entry("sshd", "openssh-server"),
            Map.entry("rclone", "rclone"),
            Map.entry("python3", "python3 python3-paramiko python3-aiosmtpd"),
            Map.entry("openssl", "openssl"),
            Map.entry("gpg", "gnupg"),
            Map.entry("gpgconf", "gnupg"),
            Map.entry("clamd", "clamav-daemon"),
            Map.entry("haproxy", "haproxy"));

    private Clients() {}

    /**
     * Returns a command to run. A program without a slash in its name is looked up on the PATH, except that {@code
     * python3} means Debian's in /usr/bin, if it exists, since python3-paramiko belongs to that one.
     *
     * @throws IllegalStateException if the program is not installed; the message says how to install it
     */
    public static ClientCommand command(String program, String... arguments) {
        return new ClientCommand(find(program), List.of(arguments));
    }

    static Path find(String program) {
        if (program.contains("/")) {
            return Path.of(program);
        }
        if (program.equals("python3") && Files.isExecutable(Path.of("/usr/bin/python3"))) {
            return Path.of("/usr/bin/python3");
        }
        // Not on every user's PATH; sshd must be started by its full path in any case.
        if (program.equals("sshd") || program.equals("clamd") || program.equals("haproxy")) {
            Path server = Path.of("/usr/sbin", program);
            if (Files.isExecutable(server)) {
                return server;
            }
        }
        for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            Path candidate = Path.of(folder, program);
            if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
                return candidate;
            }
        }
        String debianPackage = DEBIAN_PACKAGES.getOrDefault(program, program);
        throw new IllegalStateException(
                "The tests need " + program + ", which is not installed. On Debian: apt-get install " + debianPackage);
    }

    static String contents(Path file) {
        try {
            // Decoded leniently: a program may print any bytes.
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
