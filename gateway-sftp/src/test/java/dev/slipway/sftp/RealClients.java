package dev.slipway.sftp;

import dev.slipway.testing.ClientCommand;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Common clients with their default settings, each prepared to log in to a gateway.
 *
 * @param folder their working folder
 */
record RealClients(Path folder, UserKey key, int port) {
    static final Duration TIME = Patience.LIMIT;
    static final FileTime OLD = FileTime.from(Instant.ofEpochSecond(1_000_000_000));

    /** OpenSSH's sftp with a batch of commands, and the key. */
    ClientCommand sftp(String batch, String... options) {
        List<String> all = new ArrayList<>(List.of(options));
        all.addAll(key.options());
        all.addAll(List.of("-P", Integer.toString(port), "-b", "-", SftpGateway.USER + "@127.0.0.1"));
        return Clients.command("sftp", all.toArray(String[]::new)).in(folder).input(batch);
    }

    /** OpenSSH's scp. */
    ClientCommand scp(String... arguments) {
        List<String> all = new ArrayList<>(key.options());
        all.addAll(List.of("-P", Integer.toString(port)));
        all.addAll(List.of(arguments));
        return Clients.command("scp", all.toArray(String[]::new)).in(folder);
    }

    /** OpenSSH's ssh, with a command for the gateway. */
    ClientCommand ssh(String... command) {
        List<String> all = new ArrayList<>(key.options());
        all.addAll(List.of("-p", Integer.toString(port), SftpGateway.USER + "@127.0.0.1"));
        all.addAll(List.of(command));
        return Clients.command("ssh", all.toArray(String[]::new)).in(folder);
    }

    /** A path at the gateway in scp's notation. */
    static String remote(String path) {
        return SftpGateway.USER + "@127.0.0.1:" + path;
    }

    /** Runs rclone, with the gateway as the remote {@code gateway:}. */
    ClientResult rclone(String... arguments) throws InterruptedException {
        String password = Clients.command("rclone", "obscure", SftpGateway.PASSWORD)
                .run(TIME)
                .assertSuccess()
                .stdout()
                .strip();
        return Clients.command("rclone", arguments)
                .in(folder)
                .environment("RCLONE_CONFIG_GATEWAY_TYPE", "sftp")
                .environment("RCLONE_CONFIG_GATEWAY_HOST", "127.0.0.1")
                .environment("RCLONE_CONFIG_GATEWAY_PORT", Integer.toString(port))
                .environment("RCLONE_CONFIG_GATEWAY_USER", SftpGateway.USER)
                .environment("RCLONE_CONFIG_GATEWAY_PASS", password)
                .run(TIME);
    }

    /** Runs lftp, connected to the gateway. */
    ClientResult lftp(String commands) throws InterruptedException {
        String connect = "set sftp:connect-program 'ssh -a -x -F none -o StrictHostKeyChecking=no"
                + " -o UserKnownHostsFile=/dev/null'; set sftp:auto-confirm yes; set net:max-retries 1; open -u "
                + SftpGateway.USER + "," + SftpGateway.PASSWORD + " sftp://127.0.0.1:" + port + "; ";
        return Clients.command("lftp", "--norc", "-c", connect + commands)
                .in(folder)
                .run(TIME);
    }

    /** Creates a file in the folder, with the modification time {@link #OLD}. */
    Path local(String name, byte[] content) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, content);
        Files.setLastModifiedTime(file, OLD);
        return file;
    }
}
