package dev.slipway.app;

import dev.slipway.admin.management.Services;
import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.config.SettingsLoader;
import dev.slipway.app.keys.PrivateFiles;
import dev.slipway.app.keys.SshKeys;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.transfer.remote.Remotes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Selects a gateway on this machine for a command. */
final class StateOptions {
    private final CommandSpec spec;

    @Mixin
    private final ConfigurationFile configuration = new ConfigurationFile();

    @Option(names = "--data", paramLabel = "DIR", description = "Folder of a demo, instead of a configuration file.")
    private @Nullable Path data;

    /** @param spec the command that has these options */
    StateOptions(CommandSpec spec) {
        this.spec = spec;
    }

    /** The services of a command outside the gateway; to be closed. */
    record Opened(Services services, StateDatabase database) implements AutoCloseable {
        @Override
        public void close() {
            database.close();
        }
    }

    /** Where the gateway's state is. */
    StateLocation location() throws ConfigurationException, IOException {
        Path demo = demo();
        return demo == null ? StateLocation.of(configuration.load().settings().state()) : demoState(demo);
    }

    /**
     * Opens the services, to be closed by the caller. Blocks for the database.
     *
     * @param withRemotes whether to load remotes and the key of their secrets
     */
    Opened open(boolean withRemotes) throws ConfigurationException, IOException {
        Path demo = demo();
        GatewaySettings settings = demo == null ? configuration.load().settings() : demoSettings(demo, demoState(demo));
        StateLocation location = StateLocation.of(settings.state());
        PrivateFiles.createDirectory(location.directory());
        List<AccountEntry> configured = AccountSettings.accounts(settings);
        StateDatabase database = location.join();
        boolean opened = false;
        try {
            Remotes remotes =
                    withRemotes ? RemoteSettings.open(settings, database, RemoteSettings.secrets(settings)) : null;
            Services services = new Services(
                    database,
                    configured,
                    settings.s3().bucket(),
                    AccountSettings.defaultLimits(settings),
                    StateOptions::authorizedKey,
                    remotes,
                    new ClientAccess(),
                    null);
            opened = true;
            return new Opened(services, database);
        } finally {
            if (!opened) {
                database.close();
            }
        }
    }

    /** Only those that commands need. */
    private static GatewaySettings demoSettings(Path data, StateLocation state)
            throws ConfigurationException, IOException {
        DemoCredentials credentials = DemoCredentials.openOrCreate(data.resolve("credentials.properties"), null, null);
        return SettingsLoader.of(Map.of(
                        "s3.bucket",
                        DemoCommand.BUCKET,
                        "state.directory",
                        state.directory().toAbsolutePath().toString(),
                        "accounts[0].name",
                        credentials.user(),
                        "accounts[0].password",
                        credentials.password(),
                        "accounts[0].options",
                        DemoCommand.OPTIONS))
                .settings();
    }

    private @Nullable Path demo() {
        if (data != null && spec.commandLine().getParseResult().hasMatchedOption("--config")) {
            throw new ParameterException(spec.commandLine(), "--config and --data cannot be used together");
        }
        return data;
    }

    private static StateLocation demoState(Path data) throws IOException {
        if (!Files.exists(data.resolve("credentials.properties"))) {
            throw new IOException(data + " is not a demo's folder; slipway demo --data " + data + " creates one");
        }
        return StateLocation.in(data.resolve("state"));
    }

    /** Reads a line of an {@code authorized_keys} file. */
    static AuthorizedKey authorizedKey(String line) {
        return AuthorizedKey.of(SshKeys.parsePublic(line), SshKeys.comment(line));
    }
}
