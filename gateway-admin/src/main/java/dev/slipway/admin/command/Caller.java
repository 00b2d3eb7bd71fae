package dev.slipway.admin.command;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.account.TokenOwner;
import dev.slipway.core.event.Client;
import dev.slipway.transfer.push.Authority;
import org.jspecify.annotations.Nullable;

/**
 * Who runs a command.
 *
 * @param user the account, or the user of the gateway's own machine
 * @param login an account's, which is asked at each command whether it still may; null on the gateway's own machine
 * @param administrator whether it may do everything; anybody else sends files of its own on, and sees its own jobs
 * @param directory what paths of its own are relative to
 */
public record Caller(String user, @Nullable AccountSession login, boolean administrator, VirtualPath directory) {
    /** What jobs from the gateway's own machine are submitted by. */
    public static final String COMMAND_LINE = "command line";

    /** Somebody on the gateway's own machine. */
    public static Caller local(String user) {
        return new Caller(user, null, true, VirtualPath.ROOT);
    }

    /** An account that may run all commands. */
    public static Caller administrator(AccountSession login) {
        return new Caller(login.client().account(), login, true, VirtualPath.ROOT);
    }

    /** An account that may send its own files on. */
    public static Caller account(AccountSession login, VirtualPath directory) {
        return new Caller(login.client().account(), login, false, directory);
    }

    /** On whose behalf its orders are. */
    Authority authority() {
        return login == null ? new Authority.Administrator() : new Authority.OfAccount(user);
    }

    /** What its jobs are submitted by. */
    String submitter() {
        return login == null ? COMMAND_LINE : user;
    }

    /** Where an account comes from; null on the gateway's own machine. */
    @Nullable
    Client client() {
        return login == null ? null : login.client();
    }

    /** Whether it may run commands now. Blocks for the database, so that every change of its account is known. */
    boolean isAllowed() {
        AccountOption option = administrator ? AccountOption.ADMIN : AccountOption.PUSH;
        return login == null
                || login.verify().filter(account -> account.has(option)).isPresent();
    }

    /** Who owns a token that it adds; null on the gateway's own machine. */
    @Nullable
    TokenOwner tokenOwner() {
        return login == null ? null : login.tokenOwner().orElse(null);
    }
}
