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
 * What the commands work on.
 *
 * @param database where accounts, uploads, renames and usage are
 * @param configured the accounts of the configuration
 * @param bucket the bucket of accounts that name none; null if there is none
 * @param defaults the limits of accounts that say nothing of their own
 * @param keys reads a line of an {@code authorized_keys} file; throws IllegalArgumentException with a message for the one
 *     who wrote it
 * @param remotes the servers that files are sent to; null if there are none to be had here
 * @param access connections to them; null likewise
 * @param running what only a gateway has that runs; null beside one
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
     * What only a gateway has that runs.
     *
     * @param sessions who is logged in
     * @param jobs null if this gateway has none
     * @param pushes null likewise
     * @param paths what is stored, and what there is on remotes; null likewise
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
