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
    private static final Map<String, String> DEBIAN_PACKAGES = Map.of(
            "curl", "curl",
            "lftp", "lftp",
            "sftp", "openssh-client",
            "scp", "openssh-client",
            "ssh", "openssh-client",
            "ssh-keygen", "openssh-client",
            "sshd", "openssh-server",
            "rclone", "rclone",
            "python3", "python3 python3-paramiko",
            "openssl", "openssl");

    private Clients() {}

    /**
     * A command to run. A program without a slash in its name is looked for on the PATH, except that {@code python3} is Debian's own in
     * /usr/bin where there is one, since that is the one that python3-paramiko belongs to.
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
        // Not on the PATH of everybody, and to be started by its full path in any case.
        if (program.equals("sshd") && Files.isExecutable(Path.of("/usr/sbin/sshd"))) {
            return Path.of("/usr/sbin/sshd");
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
            // Not decoded strictly: a program may print any bytes.
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
