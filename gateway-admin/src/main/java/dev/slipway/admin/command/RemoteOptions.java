package dev.slipway.admin.command;

import dev.slipway.transfer.json.JsonWords;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.TransferMode;
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

    /** Adds the options to those of a command, by the fields of {@link dev.slipway.transfer.remote.RemoteDefinition}. */
    void add(GivenOptions given) {
        GivenOptions _ = given.text("mode", "--mode", JsonWords.of(mode))
                .number("maxJobs", "--max-jobs", maxJobs)
                .number("maxChannels", "--max-channels", maxChannels)
                .number("freeSpacePercentage", "--free-space", freeSpace)
                .text("fileSystem", "--file-system", fileSystem);
    }
}
