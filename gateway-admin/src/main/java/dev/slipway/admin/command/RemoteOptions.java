package dev.slipway.admin.command;

import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.TransferMode;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say how files are pushed to a remote. */
final class RemoteOptions {
    @Option(
            names = "--mode",
            paramLabel = "MODE",
            defaultValue = "auto",
            description = "Transfer mode: auto, direct or streaming. Default: ${DEFAULT-VALUE}")
    private TransferMode mode = TransferMode.AUTO;

    @Option(
            names = "--max-jobs",
            paramLabel = "N",
            defaultValue = "" + Remote.DEFAULT_MAX_JOBS,
            description = "Maximum number of concurrent jobs. Default: ${DEFAULT-VALUE}")
    private int maxJobs = Remote.DEFAULT_MAX_JOBS;

    @Option(
            names = "--max-channels",
            paramLabel = "N",
            defaultValue = "" + Remote.DEFAULT_MAX_CHANNELS,
            description = "Maximum number of concurrent parts of one file. Default: ${DEFAULT-VALUE}")
    private int maxChannels = Remote.DEFAULT_MAX_CHANNELS;

    @Option(
            names = "--free-space",
            paramLabel = "PERCENT",
            description =
                    "Share of the file system that must stay free after a file, 0 to 100. Default: that of the gateway")
    private @Nullable Integer freeSpace;

    @Option(
            names = "--file-system",
            paramLabel = "PATH",
            defaultValue = "",
            description = "Path whose file system is measured. Default: that of the destination")
    private String fileSystem = "";

    /** Fails if an option is out of its range. */
    void check(CommandContext context) {
        if (maxJobs < 1 || maxChannels < 1) {
            throw context.wrong("--max-jobs and --max-channels: expected a number of at least 1");
        }
        if (freeSpace != null && (freeSpace < 0 || freeSpace > 100)) {
            throw context.wrong("--free-space " + freeSpace + ": expected 0 to 100");
        }
    }

    /** A remote with these options. */
    Remote remote(
            String name,
            RemoteAddress address,
            Credentials credentials,
            List<String> hostKeys,
            List<String> folders,
            boolean dotFiles) {
        return new Remote(
                name,
                address.host(),
                address.port(),
                address.user(),
                credentials,
                hostKeys,
                folders,
                mode,
                maxJobs,
                maxChannels,
                freeSpace == null ? OptionalInt.empty() : OptionalInt.of(freeSpace),
                fileSystem,
                dotFiles);
    }
}
