package dev.slipway.admin.command;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.event.Client;
import org.jspecify.annotations.Nullable;

/**
 * Who runs a command.
 *
 * @param user the account, or the user of the gateway's own machine
 * @param client where an account comes from; null on the gateway's own machine
 * @param administrator whether it may do everything; anybody else sends files of its own on, and sees its own jobs
 * @param directory what paths of its own are relative to
 */
public record Caller(String user, @Nullable Client client, boolean administrator, VirtualPath directory) {
    /** What jobs from the gateway's own machine are submitted by. */
    public static final String COMMAND_LINE = "command line";

    /** Somebody on the gateway's own machine. */
    public static Caller local(String user) {
        return new Caller(user, null, true, VirtualPath.ROOT);
    }

    /** An account that may run all commands. */
    public static Caller administrator(Client client) {
        return new Caller(client.account(), client, true, VirtualPath.ROOT);
    }

    /** An account that may send its own files on. */
    public static Caller account(Client client, VirtualPath directory) {
        return new Caller(client.account(), client, false, directory);
    }

    /** What its jobs are submitted by. */
    String submitter() {
        return client == null ? COMMAND_LINE : user;
    }
}
