package dev.slipway.app;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.SettingsLoader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Watches the folders of users as a service of that kind does, until a signal ends the process. */
@Command(
        name = "watch",
        description =
                "Stores what is written into folders of users, decompressed, and removes it there. Takes the options, the"
                        + " file and the variables of a service that does this; slipway serve with watches in its configuration"
                        + " does the same and more.",
        mixinStandardHelpOptions = true)
final class WatchCommand implements Callable<Integer> {
    @Option(
            names = {"-s", "--source"},
            paramLabel = "SOURCE",
            description =
                    "A user and its folders: \"name=user1,paths=/a /b\". Repeatable; replaces the sources of the file.")
    private List<String> sources = List.of();

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "The service's YAML file, with defaults and watch.source.")
    private @Nullable Path file;

    @Override
    public Integer call() throws ConfigurationException, IOException, InterruptedException {
        return ServeCommand.serve(SettingsLoader.loadWatch(file, sources, System.getenv()));
    }
}
