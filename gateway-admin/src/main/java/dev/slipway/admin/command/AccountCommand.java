package dev.slipway.admin.command;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The accounts in the state database. A gateway that is running takes up each change within about a second. */
@Command(
        name = "account",
        description = {
            "Adds, shows, changes and removes accounts.",
            "A running gateway applies each change within about a second, to open sessions too."
        },
        subcommands = AccountKeyCommand.class,
        mixinStandardHelpOptions = true)
final class AccountCommand implements Runnable {
    private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}";

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
        if (!name.matches(NAME)) {
            throw context.wrong("NAME '" + name
                    + "': letters, digits and . _ @ + - are allowed, at most 64, a letter or" + " digit first");
        }
        if (without && fromStandardInput) {
            throw context.wrong("--password-stdin and --no-password cannot be used together");
        }
        check(context, options);
        return context.with(accounts -> {
            if (accounts.isConfigured(name) || accounts.table().find(name).isPresent()) {
                throw new IOException("the account '" + name + "' already exists"
                        + (accounts.isConfigured(name) ? ", in the configuration" : ""));
            }
            String bucket = accounts.bucket();
            if (!options.haveMounts() && bucket == null) {
                throw context.wrong("--mount is required because the configuration has no s3.bucket");
            }
            // Of no consequence where mounts are given.
            Mount whole = new Mount(VirtualPath.ROOT, bucket == null ? "none" : bucket, "", false);
            AccountEntry entry = options.apply(AccountEntry.of(
                    new Account(name, List.of(whole), EnumSet.allOf(Permission.class)).withResume(ResumePolicy.STAT),
                    without ? null : context.readPassword(fromStandardInput),
                    List.of()));
            if (!accounts.table().add(entry)) {
                throw new IOException("the account '" + name + "' already exists");
            }
            context.print(new AccountView(entry, false));
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
        return context.with(accounts -> context.print(accounts.all()));
    }

    @Command(name = "show", description = "Shows an account.", mixinStandardHelpOptions = true)
    int show(@Parameters(paramLabel = "NAME", description = "The account.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(accounts -> context.print(accounts.find(name)));
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
        return context.with(accounts -> change(accounts, context, name, entry -> {
            AccountEntry changed = options.apply(entry);
            return enable || disable ? changed.withEnabled(enable) : changed;
        }));
    }

    /** A change of an account. */
    interface Change {
        AccountEntry apply(AccountEntry entry);
    }

    /** Changes an account of the database and shows what it is then. */
    static void change(Services accounts, CommandContext context, String name, Change change) throws IOException {
        accounts.requireChangeable(name);
        AccountEntry changed = accounts.table().change(name, change::apply).orElseThrow(() -> Services.unknown(name));
        context.print(new AccountView(changed, false));
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
        return context.with(accounts -> {
            // Nobody is asked for a password that cannot be set.
            accounts.requireChangeable(name);
            AccountView _ = accounts.find(name);
            PasswordHash password = without ? null : context.readPassword(fromStandardInput);
            change(accounts, context, name, entry -> entry.withPassword(password));
        });
    }

    @Command(
            name = "remove",
            description = "Removes an account with its keys. Its files stay in the bucket.",
            mixinStandardHelpOptions = true)
    int remove(
            @Parameters(paramLabel = "NAME", description = "The account.") String name, @Mixin CommandContext context)
            throws IOException {
        return context.with(accounts -> {
            accounts.requireChangeable(name);
            if (!accounts.table().remove(name)) {
                throw Services.unknown(name);
            }
            context.printDone("removed " + name, "removed", name);
        });
    }
}
