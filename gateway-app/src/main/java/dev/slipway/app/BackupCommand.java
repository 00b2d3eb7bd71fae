package dev.slipway.app;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.core.state.StateDatabase;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Copies the state database of a running or stopped gateway. */
@Command(
        name = "backup",
        description = "Copies the state database to a file, even while the gateway runs.",
        mixinStandardHelpOptions = true)
final class BackupCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "File to create; it must not exist.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path copy;

    @Mixin
    private final ConfigurationFile configuration = new ConfigurationFile();

    @Option(names = "--data", paramLabel = "DIR", description = "Folder of a demo, instead of a configuration file.")
    private @Nullable Path data;

    @Override
    public Integer call() throws ConfigurationException, IOException {
        StateLocation location = location();
        if (location.server() != null) {
            throw new IOException("the state database is " + location.server() + "; copy it with pg_dump");
        }
        Path database = location.file();
        try {
            StateDatabase.backup(database, copy.toAbsolutePath());
        } catch (NoSuchFileException e) {
            throw new IOException(e.getFile() + ": no such file or folder", e);
        } catch (FileAlreadyExistsException e) {
            throw new IOException(e.getFile() + " already exists; a backup does not overwrite files", e);
        }
        spec.commandLine().getOut().println("copied " + database + " to " + copy);
        return 0;
    }

    private StateLocation location() throws ConfigurationException {
        if (data == null) {
            return StateLocation.of(configuration.load().settings().state());
        }
        if (spec.commandLine().getParseResult().hasMatchedOption("--config")) {
            throw new ParameterException(spec.commandLine(), "--config and --data cannot be used together");
        }
        return StateLocation.in(data.resolve("state"));
    }
}
