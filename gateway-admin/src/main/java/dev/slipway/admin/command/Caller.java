package dev.slipway.admin.command;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.account.TokenOwner;
import dev.slipway.core.event.Client;
import dev.slipway.transfer.push.Authority;
import org.jspecify.annotations.Nullable;

/**
 * The user who runs a command.
 *
 * @param user the account, or the user of the gateway's own machine
 * @param login the account's login, whose permissions are checked at each command; null on the gateway's own machine
 * @param administrator whether it may do everything; others may push their own files and see their own jobs
 * @param directory the base of the account's relative paths
 */
public record Caller(String user, @Nullable AccountSession login, boolean administrator, VirtualPath directory) {
    /** The submitter of jobs from the gateway's own machine. */
    public static final String COMMAND_LINE = "command line";

    /** A user on the gateway's own machine. */
    public static Caller local(String user) {
        return new Caller(user, null, true, VirtualPath.ROOT);
    }

    /** An account that may run all commands. */
    public static Caller administrator(AccountSession login) {
        return new Caller(login.client().account(), login, true, VirtualPath.ROOT);
    }

    /** An account that may push its own files. */
    public static Caller account(AccountSession login, VirtualPath directory) {
        return new Caller(login.client().account(), login, false, directory);
    }

    /** The party on whose behalf orders are placed. */
    Authority authority() {
        return login == null ? new Authority.Administrator() : new Authority.OfAccount(user);
    }

    /** The submitter of its jobs. */
    String submitter() {
        return login == null ? COMMAND_LINE : user;
    }

    /** The client's address; null on the gateway's own machine. */
    @Nullable
    Client client() {
        return login == null ? null : login.client();
    }

    /** Whether it may run commands now. Blocks for the database, to see every change of its account. */
    boolean isAllowed() {
        AccountOption option = administrator ? AccountOption.ADMIN : AccountOption.PUSH;
        return login == null
                || login.verify().filter(account -> account.has(option)).isPresent();
    }

    /** The owner of tokens that it adds; null on the gateway's own machine. */
    @Nullable
    TokenOwner tokenOwner() {
        return login == null ? null : login.tokenOwner().orElse(null);
    }
}
