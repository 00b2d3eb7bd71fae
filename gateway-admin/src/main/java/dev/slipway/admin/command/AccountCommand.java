package dev.slipway.admin.command;

import dev.slipway.admin.management.Accounts;
import dev.slipway.core.NameRule;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.PasswordHash;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The accounts in the state database. A running gateway applies each change within about a second. */
@Command(
        name = "account",
        description = {
            "Adds, shows, changes and removes accounts.",
            "A running gateway applies each change within about a second, to open sessions too."
        },
        subcommands = AccountKeyCommand.class,
        mixinStandardHelpOptions = true)
final class AccountCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "Missing subcommand: slipway account add, list, show, set, passwd, key or remove");
    }

    @Command(
            name = "add",
            description = "Adds an account and asks for its password.",
            sortOptions = false,
            mixinStandardHelpOptions = true)
    int add(
            @Parameters(paramLabel = "NAME", description = "Login name.") String name,
            @Mixin CommandContext context,
            @Mixin AccountOptions options,
            @Option(
                            names = "--password-stdin",
                            description = "Read the password from the first line of standard input.")
                    boolean fromStandardInput,
            @Option(
                            names = "--no-password",
                            description = "Allow SSH keys only; add them with: slipway account key add.")
                    boolean without)
            throws IOException {
        if (!NameRule.ACCOUNT.accepts(name)) {
            throw context.wrong("NAME '" + name + "': expected " + NameRule.ACCOUNT.expected());
        }
        if (without && fromStandardInput) {
            throw context.wrong("--password-stdin and --no-password cannot be used together");
        }
        check(context, options);
        return context.with(services -> {
            Accounts accounts = services.accounts();
            // Check first, so that the user need not enter a password in vain.
            accounts.requireFree(name);
            if (!options.haveMounts() && !accounts.hasDefaultMount()) {
                throw context.wrong("--mount is required because the configuration has no s3.bucket");
            }
            AccountEntry entry = options.apply(accounts.template(name))
                    .withPassword(without ? null : context.readPassword(fromStandardInput));
            context.print(accounts.add(entry));
        });
    }

    private static void check(CommandContext context, AccountOptions options) {
        try {
            options.check();
        } catch (IllegalArgumentException e) {
            throw context.wrong(String.valueOf(e.getMessage()));
        }
    }

    @Command(
            name = "list",
            description = "Lists all accounts, including those in the configuration.",
            mixinStandardHelpOptions = true)
    int list(@Mixin CommandContext context) throws IOException {
        return context.with(services -> context.print(services.accounts().all()));
    }

    @Command(name = "show", description = "Shows an account.", mixinStandardHelpOptions = true)
    int show(@Parameters(paramLabel = "NAME", description = "The account.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> context.print(services.accounts().find(name)));
    }

    @Command(
            name = "set",
            description = "Changes an account. Other settings stay as they are.",
            sortOptions = false,
            mixinStandardHelpOptions = true)
    int set(
            @Parameters(paramLabel = "NAME", description = "The account.") String name,
            @Mixin CommandContext context,
            @Mixin AccountOptions options,
            @Option(names = "--enable", description = "Allows the account to log in again.") boolean enable,
            @Option(names = "--disable", description = "Refuses logins and ends open sessions.") boolean disable)
            throws IOException {
        if (enable && disable) {
            throw context.wrong("--enable and --disable cannot be used together");
        }
        if (options.areEmpty() && !enable && !disable) {
            throw context.wrong("Nothing to change: name at least one option; slipway account set --help lists them");
        }
        check(context, options);
        return context.with(services -> context.print(services.accounts().change(name, entry -> {
            AccountEntry changed = options.apply(entry);
            return enable || disable ? changed.withEnabled(enable) : changed;
        })));
    }

    @Command(
            name = "passwd",
            description = "Asks for a new password of an account, or removes it.",
            mixinStandardHelpOptions = true)
    int passwd(
            @Parameters(paramLabel = "NAME", description = "The account.") String name,
            @Mixin CommandContext context,
            @Option(
                            names = "--password-stdin",
                            description = "Read the password from the first line of standard input.")
                    boolean fromStandardInput,
            @Option(
                            names = "--no-password",
                            description = "Remove the password; the account then logs in with SSH keys only.")
                    boolean without)
            throws IOException {
        if (without && fromStandardInput) {
            throw context.wrong("--password-stdin and --no-password cannot be used together");
        }
        return context.with(services -> {
            Accounts accounts = services.accounts();
            // Check first, so that the user need not enter a password in vain.
            AccountEntry _ = accounts.changeable(name);
            PasswordHash password = without ? null : context.readPassword(fromStandardInput);
            context.print(accounts.change(name, entry -> entry.withPassword(password)));
        });
    }

    @Command(
            name = "remove",
            description = "Removes an account with its keys. Its files stay in the bucket.",
            mixinStandardHelpOptions = true)
    int remove(
            @Parameters(paramLabel = "NAME", description = "The account.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            services.accounts().remove(name);
            context.printDone("removed " + name, "removed", name);
        });
    }
}
