package dev.slipway.app;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.keys.PrivateFiles;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.state.AccountTable;
import dev.slipway.core.state.ApiTokenTable;
import dev.slipway.core.state.RenameTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.UploadTable;
import dev.slipway.core.state.UsageTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which gateway's accounts, uploads or renames a command is about, and how it answers. */
final class AccountDatabase {
    /** How a command prints its result. */
    enum Output {
        TEXT,
        JSON
    }

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private final ConfigurationFile configuration = new ConfigurationFile();

    @Option(names = "--data", paramLabel = "DIR", description = "Folder of a demo, instead of a configuration.")
    private @Nullable Path data;

    @Option(
            names = "--output",
            paramLabel = "FORM",
            defaultValue = "text",
            description = "How to print the result: text or json. Default: ${DEFAULT-VALUE}")
    private Output output = Output.TEXT;

    /** The accounts of a gateway, while a command works on them. */
    static final class Opened implements AutoCloseable {
        private final StateDatabase database;
        private final @Nullable String bucket;
        private final List<AccountEntry> configured;
        private final AccountLimits defaults;

        private Opened(
                StateDatabase database,
                @Nullable String bucket,
                List<AccountEntry> configured,
                AccountLimits defaults) {
            this.defaults = defaults;
            this.database = database;
            this.bucket = bucket;
            this.configured = configured;
        }

        AccountTable table() {
            return new AccountTable(database);
        }

        UploadTable uploads() {
            return new UploadTable(database, Clock.systemUTC());
        }

        RenameTable renames() {
            return new RenameTable(database);
        }

        ApiTokenTable tokens() {
            return new ApiTokenTable(database);
        }

        UsageTable usage() {
            return new UsageTable(database);
        }

        /** The limits of accounts that say nothing of their own. */
        AccountLimits defaults() {
            return defaults;
        }

        /** The bucket of accounts that name none; null if there is none. */
        @Nullable
        String bucket() {
            return bucket;
        }

        boolean isConfigured(String name) {
            return configured.stream().anyMatch(entry -> entry.name().equals(name));
        }

        /** Those that are in force: of two with one name the configured one. */
        List<AccountView> all() {
            List<AccountView> views = new ArrayList<>();
            configured.forEach(entry -> views.add(new AccountView(entry, true)));
            for (AccountEntry entry : table().read().entries()) {
                if (!isConfigured(entry.name())) {
                    views.add(new AccountView(entry, false));
                }
            }
            views.sort(Comparator.comparing(view -> view.entry().name()));
            return views;
        }

        /** @throws IOException there is none */
        AccountView find(String name) throws IOException {
            for (AccountView view : all()) {
                if (view.entry().name().equals(name)) {
                    return view;
                }
            }
            throw unknown(name);
        }

        static IOException unknown(String name) {
            return new IOException("there is no account '" + name + "'; slipway account list shows all");
        }

        /** @throws IOException the account is not for commands to change */
        void requireChangeable(String name) throws IOException {
            if (isConfigured(name)) {
                throw new IOException("the account '" + name
                        + "' is in the configuration; change it there, and start the gateway again");
            }
        }

        @Override
        public void close() {
            database.close();
        }
    }

    /** What a command does with the accounts. */
    interface Work {
        void run(Opened accounts) throws IOException;
    }

    /** Opens the accounts, runs a command's work, and closes them. The gateway may be running. */
    int with(Work work) throws ConfigurationException, IOException {
        try (Opened accounts = open()) {
            work.run(accounts);
        } catch (IllegalStateException e) {
            throw new IOException(e.getMessage(), e);
        }
        return 0;
    }

    private Opened open() throws ConfigurationException, IOException {
        if (data != null) {
            if (spec.commandLine().getParseResult().hasMatchedOption("--config")) {
                throw new ParameterException(spec.commandLine(), "--config and --data cannot be used together");
            }
            return openDemo(data);
        }
        GatewaySettings settings = configuration.load().settings();
        return new Opened(
                join(StateLocation.of(settings.state())),
                settings.s3().bucket(),
                Gateway.accounts(settings),
                Gateway.defaultLimits(settings));
    }

    private static Opened openDemo(Path data) throws IOException {
        Path credentialsFile = data.resolve("credentials.properties");
        if (!Files.exists(credentialsFile)) {
            throw new IOException(data + " is not the folder of a demo; slipway demo --data " + data + " makes one");
        }
        DemoCredentials credentials = DemoCredentials.openOrCreate(credentialsFile, null, null);
        AccountEntry configured = AccountEntry.of(
                new Account(
                                credentials.user(),
                                List.of(new Mount(VirtualPath.ROOT, DemoCommand.BUCKET, "", false)),
                                EnumSet.allOf(Permission.class))
                        .withResume(ResumePolicy.STAT),
                PasswordHash.of(credentials.password().toCharArray()),
                List.of());
        return new Opened(
                join(StateLocation.in(data.resolve("state"))),
                DemoCommand.BUCKET,
                List.of(configured),
                AccountLimits.DEFAULT);
    }

    private static StateDatabase join(StateLocation location) throws IOException {
        PrivateFiles.createDirectory(location.directory());
        return location.join();
    }

    ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    void print(AccountView view) {
        print(output == Output.JSON ? Json.format(view.json()) : view.text());
    }

    void print(List<AccountView> views) {
        print(
                output == Output.JSON
                        ? Json.format(views.stream().map(AccountView::json).toList())
                        : AccountView.table(views));
    }

    /**
     * Prints something else than accounts.
     *
     * @param json see {@link Json#format}
     */
    void print(String text, Object json) {
        print(output == Output.JSON ? Json.format(json) : text);
    }

    /** For a command that leaves nothing to show. */
    void printDone(String text, String key, String name) {
        print(output == Output.JSON ? Json.format(Map.of(key, name)) : text);
    }

    private void print(String text) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(text);
        out.flush();
    }
}
