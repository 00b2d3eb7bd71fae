package dev.slipway.app;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.SettingsLoader;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option for the configuration file. */
final class ConfigurationFile {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description =
                    "YAML configuration file. Default: the file named by SLIPWAY_CONFIG; without either, settings come"
                            + " from environment variables only.")
    private @Nullable Path file;

    SettingsLoader.Loaded load() throws ConfigurationException {
        Map<String, String> environment = System.getenv();
        String fromEnvironment = environment.getOrDefault("SLIPWAY_CONFIG", "");
        Path used = file == null && !fromEnvironment.isEmpty() ? Path.of(fromEnvironment) : file;
        return SettingsLoader.load(used, environment);
    }
}
