package dev.slipway.admin.command;

import dev.slipway.admin.management.Principal;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.event.Client;
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

    /** Who asks the services. */
    Principal principal() {
        if (login == null) {
            return Principal.LOCAL;
        }
        return administrator ? Principal.administrator(user, login.tokenOwner().orElse(null)) : Principal.account(user);
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
}
