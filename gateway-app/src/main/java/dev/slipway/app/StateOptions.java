package dev.slipway.app;

import dev.slipway.admin.command.Services;
import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.keys.PrivateFiles;
import dev.slipway.app.keys.SshKeys;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.Remotes;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.StoredRemotes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Which gateway of this machine a command is about. */
final class StateOptions {
    private final CommandSpec spec;

    @Mixin
    private final ConfigurationFile configuration = new ConfigurationFile();

    @Option(names = "--data", paramLabel = "DIR", description = "Folder of a demo, instead of a configuration.")
    private @Nullable Path data;

    /** @param spec the command that has these options */
    StateOptions(CommandSpec spec) {
        this.spec = spec;
    }

    /** What a command works on beside a gateway, which may be running; to be closed. */
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

    Opened open() throws ConfigurationException, IOException {
        Path demo = demo();
        if (demo != null) {
            return openDemo(demo);
        }
        GatewaySettings settings = configuration.load().settings();
        PrivateFiles.createDirectory(StateLocation.of(settings.state()).directory());
        SecretBox secrets = RemoteSettings.secrets(settings);
        List<Remote> remotes = RemoteSettings.remotes(settings);
        return opened(
                StateLocation.of(settings.state()),
                Gateway.accounts(settings),
                settings.s3().bucket(),
                Gateway.defaultLimits(settings),
                database -> new StoredRemotes(database, secrets, remotes));
    }

    private @Nullable Path demo() {
        if (data != null && spec.commandLine().getParseResult().hasMatchedOption("--config")) {
            throw new ParameterException(spec.commandLine(), "--config and --data cannot be used together");
        }
        return data;
    }

    private static StateLocation demoState(Path data) throws IOException {
        if (!Files.exists(data.resolve("credentials.properties"))) {
            throw new IOException(data + " is not the folder of a demo; slipway demo --data " + data + " makes one");
        }
        return StateLocation.in(data.resolve("state"));
    }

    private static Opened openDemo(Path data) throws IOException {
        StateLocation state = demoState(data);
        DemoCredentials credentials = DemoCredentials.openOrCreate(data.resolve("credentials.properties"), null, null);
        AccountEntry configured = AccountEntry.of(
                new Account(
                        credentials.user(),
                        List.of(new Mount(VirtualPath.ROOT, DemoCommand.BUCKET, "", false)),
                        EnumSet.allOf(Permission.class),
                        DemoCommand.OPTIONS,
                        Account.UNLIMITED,
                        ResumePolicy.STAT),
                PasswordHash.of(credentials.password().toCharArray()),
                List.of());
        PrivateFiles.createDirectory(state.directory());
        SecretBox secrets = RemoteSettings.secrets(state.directory());
        return opened(
                state,
                List.of(configured),
                DemoCommand.BUCKET,
                AccountLimits.DEFAULT,
                database -> new StoredRemotes(database, secrets, List.of()));
    }

    private static Opened opened(
            StateLocation location,
            List<AccountEntry> configured,
            @Nullable String bucket,
            AccountLimits defaults,
            Function<StateDatabase, Remotes> remotes)
            throws IOException {
        PrivateFiles.createDirectory(location.directory());
        StateDatabase database = location.join();
        return new Opened(
                new Services(
                        database,
                        configured,
                        bucket,
                        defaults,
                        StateOptions::authorizedKey,
                        remotes.apply(database),
                        new ClientAccess(),
                        null),
                database);
    }

    /** Reads a line of an {@code authorized_keys} file. */
    static AuthorizedKey authorizedKey(String line) {
        return AuthorizedKey.of(SshKeys.parsePublic(line), SshKeys.comment(line));
    }
}
