package dev.slipway.bench;

import dev.slipway.bench.Server.Access;
import dev.slipway.testing.ClientCommand;
import dev.slipway.testing.Clients;
import dev.slipway.testing.RunningClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The real programs that transfer the files: OpenSSH's {@code sftp}, and curl and Python's ftplib for FTPS. */
sealed interface Client {
    /** The longest time for one transfer, or for all concurrent ones. */
    Duration LIMIT = Duration.ofMinutes(5);

    /**
     * Uploads one file.
     *
     * @param remote the new name, relative to the server's folder
     */
    ClientCommand upload(Access server, Path file, String remote) throws IOException;

    /** Downloads one file to a local path. */
    ClientCommand download(Access server, String remote, Path file) throws IOException;

    /**
     * Uploads the files of a folder one after the other, in one session.
     *
     * @param remote the folder to create, relative to the server's folder
     */
    ClientCommand uploadFolder(Access server, Path folder, String remote) throws IOException;

    /**
     * Downloads the files of a folder one after the other, in one session.
     *
     * @param names the files in the folder, for clients that need a list
     * @param folder the local folder, which this creates
     */
    ClientCommand downloadFolder(Access server, String remote, List<String> names, Path folder) throws IOException;

    /** Runs commands concurrently, to their ends. */
    static void run(List<ClientCommand> commands) throws IOException, InterruptedException {
        List<RunningClient> running = new ArrayList<>();
        try {
            long deadline = System.nanoTime() + LIMIT.toNanos();
            for (ClientCommand command : commands) {
                running.add(command.start());
            }
            for (RunningClient client : running) {
                client.await(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())))
                        .assertSuccess();
            }
        } catch (AssertionError e) {
            throw new IOException(e.getMessage(), e);
        } finally {
            running.forEach(RunningClient::close);
        }
    }

    /**
     * OpenSSH's client.
     *
     * @param cipher the only one offered; null for the program's default
     */
    record Sftp(Workspace workspace, @Nullable String cipher) implements Client {
        @Override
        public ClientCommand upload(Access server, Path file, String remote) throws IOException {
            return command(server, "put " + file + " " + server.folder() + remote);
        }

        @Override
        public ClientCommand download(Access server, String remote, Path file) throws IOException {
            return command(server, "get " + server.folder() + remote + " " + file);
        }

        @Override
        public ClientCommand uploadFolder(Access server, Path folder, String remote) throws IOException {
            return command(server, "put -r " + folder + " " + server.folder() + remote);
        }

        @Override
        public ClientCommand downloadFolder(Access server, String remote, List<String> names, Path folder)
                throws IOException {
            return command(server, "get -r " + server.folder() + remote + " " + folder);
        }

        /** Renames a file or a folder. */
        ClientCommand rename(Access server, String from, String to) throws IOException {
            return command(server, "rename " + server.folder() + from + " " + server.folder() + to);
        }

        /** Runs a command on the server. */
        ClientCommand execute(Access server, String command, String input) {
            List<String> arguments = new ArrayList<>(List.of("-q", "-F", "none"));
            arguments.addAll(options());
            arguments.addAll(
                    List.of("-p", String.valueOf(server.port()), server.user() + "@" + server.address(), command));
            return Clients.command("ssh", arguments.toArray(String[]::new)).input(input);
        }

        private List<String> options() {
            return List.of(
                    "-i",
                    workspace.key().toString(),
                    "-o",
                    "IdentitiesOnly=yes",
                    "-o",
                    "StrictHostKeyChecking=no",
                    "-o",
                    "UserKnownHostsFile=/dev/null");
        }

        private ClientCommand command(Access server, String batch) throws IOException {
            List<String> arguments = new ArrayList<>(
                    List.of("-q", "-F", "none", "-b", workspace.text(batch).toString()));
            arguments.addAll(options());
            if (cipher != null) {
                arguments.addAll(List.of("-c", cipher));
            }
            arguments.addAll(List.of("-P", String.valueOf(server.port()), server.user() + "@" + server.address()));
            return Clients.command("sftp", arguments.toArray(String[]::new));
        }
    }

    /**
     * Explicit TLS on the control and data connections. Large files are transferred by curl, small ones by Python's
     * ftplib: if a server answers EPSV at once, some versions of curl wait for a whole second.
     */
    record Ftps(Workspace workspace) implements Client {
        @Override
        public ClientCommand upload(Access server, Path file, String remote) {
            return curl(server, "--upload-file", file, remote);
        }

        @Override
        public ClientCommand download(Access server, String remote, Path file) {
            return curl(server, "--output", file, remote);
        }

        private static ClientCommand curl(Access server, String option, Path file, String remote) {
            return Clients.command(
                    "curl",
                    "--silent",
                    "--show-error",
                    "--ssl-reqd",
                    "--insecure",
                    "--user",
                    server.user() + ":" + Servers.PASSWORD,
                    option,
                    file.toString(),
                    "ftp://" + server.address() + ":" + server.port() + server.folder() + remote);
        }

        @Override
        public ClientCommand uploadFolder(Access server, Path folder, String remote) throws IOException {
            return python("upload", server, remote, folder, "");
        }

        @Override
        public ClientCommand downloadFolder(Access server, String remote, List<String> names, Path folder)
                throws IOException {
            return python(
                    "download",
                    server,
                    remote,
                    folder,
                    workspace.text(String.join("\n", names)).toString());
        }

        private ClientCommand python(String action, Access server, String remote, Path folder, String names)
                throws IOException {
            return Clients.command(
                    "python3",
                    workspace.script("ftps_files.py").toString(),
                    action,
                    server.address(),
                    String.valueOf(server.port()),
                    server.user(),
                    Servers.PASSWORD,
                    server.folder() + remote,
                    folder.toString(),
                    names);
        }
    }
}
