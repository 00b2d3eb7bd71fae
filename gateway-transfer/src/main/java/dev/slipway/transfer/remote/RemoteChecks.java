package dev.slipway.transfer.remote;

import dev.slipway.transfer.remote.RemoteCheck.Result;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/** Tests what pushes need of a remote. Writes small files into its folders, and removes them. */
final class RemoteChecks {
    private static final List<String> DIGESTS = List.of("sha256sum", "sha512sum", "shasum", "md5sum", "sha1sum");

    private final Remote remote;
    private final RemoteConnection connection;
    private final SftpChannels channels;
    private final List<RemoteCheck> found = new ArrayList<>();

    /** @param connection remains the caller's */
    RemoteChecks(Remote remote, RemoteConnection connection, SftpChannels channels) {
        this.remote = remote;
        this.connection = connection;
        this.channels = channels;
    }

    /** Blocks for the remote's answers. */
    RemoteReport run() throws RemoteException {
        Capabilities capabilities = connection.probe();
        checkChannels();
        if (remote.folders().isEmpty()) {
            add("folders", Result.LIMITED, "any folder is allowed, so none was tested");
        }
        for (String folder : remote.folders()) {
            checkFolder(folder);
        }
        checkTools(capabilities);
        return new RemoteReport(capabilities, found);
    }

    private void add(String name, Result result, String detail) {
        found.add(new RemoteCheck(name, result, detail));
    }

    /** One for requests, and one for each part of a file. */
    private void checkChannels() throws RemoteException {
        int wanted = remote.maxChannels() + 1;
        SftpChannel _ = channels.shared();
        Deque<SftpChannel> open = new ArrayDeque<>();
        String limit = "";
        boolean more = false;
        try {
            while (open.size() + 1 < wanted) {
                open.add(channels.openHere());
            }
        } catch (RemoteException e) {
            if (e.failure() != RemoteFailure.NO_CHANNEL) {
                throw e;
            }
            limit = "the server opens " + (open.size() + 1) + " of " + wanted + " channels on a connection";
            more = opensMore();
        } finally {
            open.forEach(SftpChannels::discard);
        }
        if (limit.isEmpty()) {
            add("channels", Result.WORKS, "the server opens " + wanted + " on a connection");
        } else if (more) {
            add("channels", Result.LIMITED, limit + "; for more, further connections are opened");
        } else if (open.isEmpty()) {
            add(
                    "channels",
                    Result.LIMITED,
                    limit + " and accepts no further connection; commands and parts of a file follow one another");
        } else {
            add(
                    "channels",
                    Result.LIMITED,
                    limit + " and accepts no further connection; fewer parts of a file are sent at once");
        }
    }

    /** Whether a channel is opened on a further connection. */
    private boolean opensMore() throws RemoteException {
        try {
            SftpChannels.discard(channels.open());
            return true;
        } catch (RemoteException e) {
            if (e.failure() != RemoteFailure.NO_CHANNEL) {
                throw e;
            }
            return false;
        }
    }

    private void checkFolder(String folder) throws RemoteException {
        Optional<RemoteFile> present = connection.stat(folder);
        if (present.isEmpty()) {
            add(folder, Result.LIMITED, "it does not exist; pushes that make folders create it");
            return;
        }
        if (!present.get().folder()) {
            add(folder, Result.FAILS, "it is a file, not a folder");
            return;
        }
        String first = RemoteRules.below(folder, ".slipway-" + UUID.randomUUID() + ".test");
        String second = first + "2";
        String third = first + "3";
        try {
            connection.create(first);
            connection.rename(first, second);
            connection.create(first);
            boolean whole = connection.replace(first, second, third);
            String remains = whole ? "" : "; a file that was replaced may remain";
            add(folder, Result.WORKS, "files can be written, renamed and replaced there" + remains);
        } catch (RemoteException e) {
            if (!connection.isOpen()) {
                throw e;
            }
            add(folder, Result.FAILS, String.valueOf(e.getMessage()));
        } finally {
            remove(first);
            remove(second);
            remove(third);
        }
        checkSpace(folder);
    }

    private void remove(String file) throws RemoteException {
        try {
            boolean _ = connection.remove(file);
        } catch (RemoteException e) {
            if (!connection.isOpen()) {
                throw e;
            }
            add(file, Result.LIMITED, "it remains: " + e.getMessage());
        }
    }

    private void checkSpace(String folder) throws RemoteException {
        try {
            RemoteSpace space = connection.space(remote.fileSystem().isEmpty() ? folder : remote.fileSystem());
            add(
                    "space",
                    space.total() == 0 ? Result.LIMITED : space.available() > 0 ? Result.WORKS : Result.FAILS,
                    String.format(
                            Locale.ROOT,
                            "%,d of %,d bytes are free in %s, according to %s",
                            space.available(),
                            space.total(),
                            space.measured(),
                            space.source()));
        } catch (RemoteException e) {
            if (!connection.isOpen()) {
                throw e;
            }
            add("space", Result.LIMITED, String.valueOf(e.getMessage()));
        }
    }

    private void checkTools(Capabilities capabilities) {
        if (!capabilities.shell()) {
            add("shell", Result.LIMITED, "there is none: files are streamed, and only their sizes are compared");
            return;
        }
        add("shell", Result.WORKS, "it runs commands");
        if (capabilities.tools().contains("curl")) {
            String version =
                    capabilities.curlVersion().isEmpty() ? "of an unknown version" : capabilities.curlVersion();
            Optional<String> obstacle = capabilities.curlObstacle();
            add(
                    "curl",
                    obstacle.isEmpty() ? Result.WORKS : Result.LIMITED,
                    obstacle.map(problem -> problem + ": files are streamed").orElse(version));
        } else {
            add("curl", Result.LIMITED, "there is none: files are streamed");
        }
        List<String> digests =
                DIGESTS.stream().filter(capabilities.tools()::contains).toList();
        if (digests.isEmpty()) {
            add("digests", Result.LIMITED, "there is no tool for them: only sizes are compared");
        } else {
            add("digests", Result.WORKS, String.join(", ", digests));
        }
    }
}
