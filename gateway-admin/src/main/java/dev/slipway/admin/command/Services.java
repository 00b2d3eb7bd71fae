package dev.slipway.admin.command;

import dev.slipway.admin.management.Accounts;
import dev.slipway.admin.management.ManagedRemotes;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.state.ApiTokenTable;
import dev.slipway.core.state.RenameTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.UploadTable;
import dev.slipway.core.state.UsageTable;
import dev.slipway.transfer.job.Jobs;
import dev.slipway.transfer.push.Pushes;
import dev.slipway.transfer.remote.Remotes;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The services behind the commands.
 *
 * @param database the state database
 * @param configured the accounts in the configuration
 * @param bucket the default bucket; null if there is none
 * @param defaults the default limits of accounts
 * @param keys reads a line of an {@code authorized_keys} file; throws IllegalArgumentException with a message for the
 *     user
 * @param remotes the servers that files are pushed to; null if not available
 * @param access connections to them; null likewise
 * @param running services of a running gateway only; null otherwise
 */
public record Services(
        StateDatabase database,
        List<AccountEntry> configured,
        @Nullable String bucket,
        AccountLimits defaults,
        Function<String, AuthorizedKey> keys,
        @Nullable Remotes remotes,
        @Nullable RemoteAccess access,
        @Nullable Running running) {
    public Services {
        configured = List.copyOf(configured);
    }

    /**
     * Services of a running gateway only.
     *
     * @param sessions who is logged in
     * @param jobs null if this gateway has none
     * @param pushes null likewise
     * @param paths paths in the store and on remotes; null likewise
     */
    public record Running(
            Sessions sessions,
            @Nullable Jobs jobs,
            @Nullable Pushes pushes,
            @Nullable PathLookup paths) {}

    /** The accounts of the configuration and of the database. */
    public Accounts accounts() {
        return new Accounts(database, configured, bucket, keys);
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

    Sessions sessions() throws IOException {
        if (running == null) {
            throw new IOException("no gateway is running here");
        }
        return running.sessions();
    }

    Jobs jobs() throws IOException {
        return present(running == null ? null : running.jobs());
    }

    Pushes pushes() throws IOException {
        return present(running == null ? null : running.pushes());
    }

    PathLookup paths() throws IOException {
        return present(running == null ? null : running.paths());
    }

    ManagedRemotes managedRemotes() throws IOException {
        return new ManagedRemotes(present(remotes));
    }

    RemoteAccess requireAccess() throws IOException {
        return present(access);
    }

    private static <T> T present(@Nullable T service) throws IOException {
        if (service == null) {
            throw new IOException("this gateway does not push files to remote servers");
        }
        return service;
    }
}
