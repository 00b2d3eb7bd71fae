package dev.slipway.admin.command;

import dev.slipway.admin.management.Accounts;
import dev.slipway.core.account.AccountDefinition;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.transfer.json.JsonBody;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The accounts in the state database. A running gateway applies each change within about a second. */
@Command(
        name = "account",
        description = {
            "Adds, shows, changes and removes accounts.",
            "A running gateway applies each change within about a second, to open sessions too."
        },
        subcommands = AccountKeyCommand.class,
        mixinStandardHelpOptions = true)
final class AccountCommand extends CommandGroup {
    AccountCommand() {
        super("add, list, show, set, passwd, key or remove");
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
        if (without && fromStandardInput) {
            throw context.wrong("--password-stdin and --no-password cannot be used together");
        }
        GivenOptions given = options.given(context).text("name", "NAME", name);
        return context.with(services -> {
            Accounts accounts = services.accounts(context.principal());
            JsonBody body = given.body();
            AccountDefinition definition = body.read(AccountDefinition.class);
            // Check first, so that the user need not enter a password in vain.
            given.check(body.problems(accounts.problems(definition)));
            accounts.requireFree(name);
            context.print(
                    accounts.add(definition, without ? null : context.readPassword(fromStandardInput), List.of()));
        });
    }

    @Command(
            name = "list",
            description = "Lists all accounts, including those in the configuration.",
            mixinStandardHelpOptions = true)
    int list(@Mixin CommandContext context) throws IOException {
        return context.with(
                services -> context.print(services.accounts(context.principal()).all()));
    }

    @Command(name = "show", description = "Shows an account.", mixinStandardHelpOptions = true)
    int show(@Parameters(paramLabel = "NAME", description = "The account.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(
                services -> context.print(services.accounts(context.principal()).find(name)));
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
        GivenOptions given = options.given(context);
        if (enable || disable) {
            GivenOptions _ = given.flag("enabled", enable ? "--enable" : "--disable", enable);
        }
        if (given.isEmpty()) {
            throw context.wrong("Nothing to change: name at least one option; slipway account set --help lists them");
        }
        return context.with(services -> {
            Accounts accounts = services.accounts(context.principal());
            AccountEntry before = accounts.changeable(name);
            JsonBody body = given.body();
            AccountDefinition changed = body.update(AccountDefinition.of(before));
            given.check(body.problems(accounts.problems(changed, before)));
            context.print(accounts.change(name, given.body()::update));
        });
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
            Accounts accounts = services.accounts(context.principal());
            // Check first, so that the user need not enter a password in vain.
            AccountEntry _ = accounts.changeable(name);
            PasswordHash password = without ? null : context.readPassword(fromStandardInput);
            context.print(accounts.setPassword(name, password));
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
            services.accounts(context.principal()).remove(name);
            context.printDone("removed " + name, "removed", name);
        });
    }
}
