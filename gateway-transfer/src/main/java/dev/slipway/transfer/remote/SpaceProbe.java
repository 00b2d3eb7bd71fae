package dev.slipway.transfer.remote;

import java.io.IOException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHStatExtensionInfo;
import org.jspecify.annotations.Nullable;

/** Measures the free space of a remote's file systems. */
final class SpaceProbe {
    /**
     * A line of {@code df -P} (<a href="https://pubs.opengroup.org/onlinepubs/9799919799/utilities/df.html">POSIX</a>): the
     * names of the file system and of its folder may have spaces.
     */
    private static final Pattern DF =
            Pattern.compile("(?m)^.*?\\s+(\\d+)\\s+(-?\\d+)\\s+(-?\\d+)\\s+(?:\\d+%|-)\\s+/.*$");

    private final RemoteLink link;
    private final RemoteLookup lookup;
    private final StatVfs statVfs;
    private final RemoteShell shell;

    SpaceProbe(RemoteLink link, RemoteLookup lookup, StatVfs statVfs, RemoteShell shell) {
        this.link = link;
        this.lookup = lookup;
        this.statVfs = statVfs;
        this.shell = shell;
    }

    /** See {@link RemoteConnection#space}. */
    RemoteSpace space(String path) throws RemoteException {
        String folder = path;
        while (lookup.stat(folder).isEmpty() && !folder.equals("/")) {
            folder = RemoteLookup.parent(folder);
        }
        if (statVfs.isOffered()) {
            try {
                OpenSSHStatExtensionInfo info = statVfs.of(folder);
                return new RemoteSpace(
                        StatVfs.bytes(info.f_blocks, info.f_frsize),
                        StatVfs.bytes(info.f_bavail, info.f_frsize),
                        folder,
                        StatVfs.NAME);
            } catch (IOException e) {
                if (link.kind(e) != RemoteFailure.UNSUPPORTED) {
                    throw link.failure("measure the free space of " + folder, e);
                }
            }
        }
        return df(folder);
    }

    private RemoteSpace df(String folder) throws RemoteException {
        ExecutionResult result;
        try {
            result = shell.probe("LC_ALL=C df -P -k -- " + ShellWords.quote(folder));
        } catch (RemoteException e) {
            if (e.failure() == RemoteFailure.UNREACHABLE || e.failure() == RemoteFailure.NO_CHANNEL) {
                throw e;
            }
            throw unmeasurable(folder, "it has no " + StatVfs.NAME + ", and does not run commands", e);
        }
        return parseDf(folder, result.output())
                .orElseThrow(() -> unmeasurable(
                        folder,
                        "it has no " + StatVfs.NAME + ", and df reports: "
                                + (result.output() + result.errors()).strip(),
                        null));
    }

    private RemoteException unmeasurable(String folder, String why, @Nullable Throwable cause) {
        return new RemoteException(
                RemoteFailure.UNSUPPORTED,
                link.name() + ": the free space of " + folder + " cannot be measured: " + why,
                cause);
    }

    /** Reads what {@code df -P -k} prints of a folder. */
    static Optional<RemoteSpace> parseDf(String folder, String output) {
        int header = output.indexOf("1024-blocks");
        Matcher line = DF.matcher(output);
        if (header < 0 || !line.find(output.indexOf('\n', header) + 1)) {
            return Optional.empty();
        }
        try {
            long total = Math.multiplyExact(Long.parseLong(line.group(1)), 1024);
            long available = Math.multiplyExact(Long.parseLong(line.group(3)), 1024);
            return Optional.of(new RemoteSpace(total, Math.max(0, available), folder, "df"));
        } catch (ArithmeticException | NumberFormatException _) {
            return Optional.empty();
        }
    }
}
