package dev.slipway.transfer.remote;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds out what a remote can do, beside the requests of SFTP. */
final class CapabilityProbe {
    /** The tools that {@link Capabilities} knows. */
    private static final List<String> TOOLS =
            List.of("curl", "sha256sum", "sha512sum", "sha1sum", "shasum", "md5sum", "dd", "df", "fallocate", "touch");

    /** To be changed with each change of what is looked for; see {@link StoredRemotes}. */
    static final String VERSION = "2 ";

    private static final List<String> FOUND =
            Stream.concat(TOOLS.stream(), Stream.of("fdinfo")).toList();

    private final RemoteLink link;
    private final SftpChannels channels;
    private final RemoteShell shell;

    CapabilityProbe(RemoteLink link, SftpChannels channels, RemoteShell shell) {
        this.link = link;
        this.channels = channels;
        this.shell = shell;
    }

    /** See {@link RemoteConnection#probe}. */
    Capabilities probe() throws RemoteException {
        Set<String> extensions =
                new TreeSet<>(channels.shared().getServerExtensions().keySet());
        Set<String> tools = new TreeSet<>();
        String mark = "slipway" + Long.toUnsignedString(System.nanoTime(), 36);
        String script = "printf '%s-%s\\n' " + mark + " begin\nfor tool in " + String.join(" ", TOOLS)
                + "; do if command -v \"$tool\" >/dev/null 2>&1; then printf '%s-%s\\n' " + mark
                + " \"$tool\"; fi; done\nif command -v curl >/dev/null 2>&1; then set -- $(curl -q --version 2>/dev/null);"
                + " printf '%s-version %s\\n' " + mark
                + " \"$2\"; fi\nif [ -r /proc/self/fdinfo/1 ] && [ -e /dev/fd/1 ]; then"
                + " printf '%s-%s\\n' " + mark + " fdinfo; fi\nprintf '%s-%s\\n' " + mark + " end";
        boolean isShell = false;
        String curlVersion = "";
        try {
            String output = shell.probe(script).output();
            // The system and the user's own shell may print other lines.
            isShell = output.contains(mark + "-begin\n") && output.contains(mark + "-end\n");
            Matcher version = Pattern.compile(mark + "-version ([0-9][0-9A-Za-z.-]{0,40})\n")
                    .matcher(output);
            curlVersion = isShell && version.find() ? version.group(1) : "";
            for (String tool : FOUND) {
                if (isShell && output.contains(mark + "-" + tool + "\n")) {
                    tools.add(tool);
                }
            }
        } catch (RemoteException e) {
            // The result is remembered, so neither a busy server nor a lost connection counts as a missing capability.
            if (e.failure() == RemoteFailure.NO_CHANNEL) {
                throw e;
            }
            if (!link.isAnswering()) {
                throw new RemoteException(
                        RemoteFailure.UNREACHABLE,
                        link.name() + ": the connection was lost while its capabilities were checked",
                        e);
            }
        }
        return new Capabilities(extensions, isShell, tools, curlVersion);
    }
}
