package dev.slipway.admin.management;

import dev.slipway.admin.management.ManagementException.Reason;
import dev.slipway.core.InvalidFieldsException;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountOption;
import dev.slipway.transfer.push.AutoMode;
import dev.slipway.transfer.push.PushOrderException;
import dev.slipway.transfer.push.Pushes;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteReport;
import dev.slipway.transfer.remote.RemoteRules;
import dev.slipway.transfer.remote.RemoteSpace;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Connects to remotes, to find out about them. All calls block for connections and may come from any thread. */
public final class RemoteConnections {
    private final ManagedRemotes remotes;
    private final RemoteAccess access;
    private final @Nullable Pushes pushes;
    private final Accounts accounts;
    private final @Nullable String bucket;
    private final Principal principal;

    RemoteConnections(
            ManagedRemotes remotes,
            RemoteAccess access,
            @Nullable Pushes pushes,
            Accounts accounts,
            @Nullable String bucket,
            Principal principal) {
        this.remotes = remotes;
        this.access = access;
        this.pushes = pushes;
        this.accounts = accounts;
        this.bucket = bucket;
        this.principal = principal;
    }

    /**
     * What a test has found.
     *
     * @param auto which mode auto chooses
     */
    public record Test(RemoteReport report, AutoMode auto) {}

    /**
     * Logs in to a remote, tests what pushes need there, and remembers its capabilities. Small files are written into the
     * remote's folders, and removed. Without a running gateway it is not tested whether the remote
     * reaches the store.
     *
     * @throws ManagementException there is no such remote
     * @throws PushOrderException the store cannot be tested
     */
    public Test test(String name) throws ManagementException, PushOrderException, RemoteException {
        principal.require(Right.USE_REMOTES);
        Remote remote = remotes.find(name);
        RemoteReport report = access.test(remote);
        Capabilities found = report.capabilities();
        remotes.remember(name, found);
        return new Test(report, pushes == null ? AutoMode.of(found) : pushes.autoMode(name, bucket));
    }

    /**
     * The host keys that a server presents, unverified.
     *
     * @param port 1 to 65535
     * @return public keys as in {@code known_hosts}: type and Base64; at least one
     * @throws InvalidFieldsException host or port is not valid
     */
    public List<String> hostKeys(String host, int port) throws ManagementException, RemoteException {
        principal.require(Right.CHANGE_REMOTES);
        InvalidFieldsException.throwIfAny(RemoteRules.checkAddress(host, port));
        return access.hostKeys(host, port);
    }

    /**
     * The free space of a remote. Accounts that may not send files there may not see it either.
     *
     * @param path the absolute path whose file system is measured
     * @throws ManagementException there is no such remote
     * @throws InvalidFieldsException the path is not absolute
     */
    public RemoteSpace space(String name, String path) throws ManagementException, PushOrderException, RemoteException {
        requireUse(name);
        if (!path.startsWith("/")) {
            throw new InvalidFieldsException(
                    "path", "'" + path + "' does not begin with /", "an absolute path on the remote");
        }
        if (pushes == null) {
            throw new ManagementException(Reason.NOT_AVAILABLE, "this gateway does not push files to remote servers");
        }
        return pushes.space(remotes.find(name).name(), path);
    }

    /** The path whose file system is measured if none is named. */
    public String measuredPath(String name) throws ManagementException {
        requireUse(name);
        Remote remote = remotes.find(name);
        if (!remote.fileSystem().isEmpty()) {
            return remote.fileSystem();
        }
        return remote.folders().isEmpty() ? "/" : remote.folders().getFirst();
    }

    private void requireUse(String name) throws ManagementException {
        if (!principal.hasOwnOnly()) {
            principal.require(Right.USE_REMOTES);
            return;
        }
        Account account = accounts.own().account();
        if (!account.has(AccountOption.ADMIN) && !account.remotes().contains(name)) {
            throw new ManagementException(
                    Reason.FORBIDDEN,
                    "this account may not use the remote '" + name + "'; an administrator can allow it with: slipway"
                            + " account set " + account.name() + " --remotes " + name);
        }
    }
}
