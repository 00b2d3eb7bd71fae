package dev.slipway.admin.management;

import dev.slipway.admin.management.ManagementException.Reason;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.state.ApiTokenTable;
import dev.slipway.core.state.RenameTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.UploadTable;
import dev.slipway.core.state.UsageTable;
import dev.slipway.ingest.archive.Archives;
import dev.slipway.ingest.pull.Pulls;
import dev.slipway.ingest.retention.RetentionTasks;
import dev.slipway.ingest.rule.Rules;
import dev.slipway.ingest.watch.Watches;
import dev.slipway.transfer.job.Jobs;
import dev.slipway.transfer.push.Pushes;
import dev.slipway.transfer.remote.Remotes;
import java.time.Clock;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the management of a gateway works on, and the services for it. Each service acts for one principal and checks its
 * rights; commands and the HTTP API parse and print.
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
@SuppressWarnings("exports") // only Slipway itself uses it
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
     * @param pulls null likewise
     * @param watches the watched folders; null likewise
     * @param rules what happens to files once they are in; null likewise
     * @param archives what puts files into archives; null likewise
     * @param retention what deletes or moves old files; null likewise
     * @param activity what the gateway does now; null if nobody watches
     */
    public record Running(
            Sessions sessions,
            @Nullable Jobs jobs,
            @Nullable Pushes pushes,
            @Nullable PathLookup paths,
            @Nullable Pulls pulls,
            @Nullable Watches watches,
            @Nullable Rules rules,
            @Nullable Archives archives,
            @Nullable RetentionTasks retention,
            @Nullable Activity activity) {
        /** Those of a gateway into which only clients bring files, and that does nothing more with them. */
        public Running(Sessions sessions, @Nullable Jobs jobs, @Nullable Pushes pushes, @Nullable PathLookup paths) {
            this(sessions, jobs, pushes, paths, null, null, null, null, null, null);
        }
    }

    /** The accounts of the configuration and of the database. */
    public Accounts accounts(Principal principal) {
        return new Accounts(database, configured, bucket, keys, principal);
    }

    /** Interrupted uploads. */
    public ManagedUploads uploads(Principal principal) {
        return new ManagedUploads(new UploadTable(database, Clock.systemUTC()), principal);
    }

    /** Directory renames in progress. */
    public ManagedRenames renames(Principal principal) {
        return new ManagedRenames(new RenameTable(database), principal);
    }

    /** Tokens of the HTTP API. */
    public ManagedTokens tokens(Principal principal, Clock clock) {
        return new ManagedTokens(new ApiTokenTable(database), clock, principal);
    }

    /** What accounts have stored. */
    public ManagedQuotas quotas(Principal principal) {
        return new ManagedQuotas(accounts(principal), new UsageTable(database), defaults, principal);
    }

    /** Who is logged in. */
    public ManagedSessions sessions(Principal principal) throws ManagementException {
        if (running == null) {
            throw new ManagementException(Reason.NOT_AVAILABLE, "no gateway is running here");
        }
        return new ManagedSessions(running.sessions(), principal);
    }

    /** Jobs. */
    public ManagedJobs jobs(Principal principal) throws ManagementException {
        return new ManagedJobs(present(running == null ? null : running.jobs()), principal);
    }

    /** Orders to push files. */
    public ManagedPushes pushes(Principal principal) throws ManagementException {
        return new ManagedPushes(present(running == null ? null : running.pushes()), accounts(principal), principal);
    }

    /** Files that are fetched from remotes. */
    public ManagedPulls pulls(Principal principal) throws ManagementException {
        Pulls pulls = running == null ? null : running.pulls();
        if (pulls == null) {
            throw new ManagementException(
                    Reason.NOT_AVAILABLE, "this gateway does not fetch files from remote servers");
        }
        return new ManagedPulls(pulls, principal);
    }

    /** Archives and the tasks that make them. */
    public ManagedArchives archives(Principal principal) throws ManagementException {
        return new ManagedArchives(present(running == null ? null : running.archives()), principal);
    }

    /** Tasks that delete or move old files. */
    public ManagedRetention retention(Principal principal) throws ManagementException {
        return new ManagedRetention(present(running == null ? null : running.retention()), principal);
    }

    /** What happens to files once they are in. */
    public ManagedRules rules(Principal principal) throws ManagementException {
        return new ManagedRules(present(running == null ? null : running.rules()), accounts(principal), principal);
    }

    /** The servers that files are pushed to. */
    public ManagedRemotes remotes(Principal principal) throws ManagementException {
        return new ManagedRemotes(present(remotes), principal);
    }

    /** Connections to the servers that files are pushed to. */
    public RemoteConnections connections(Principal principal) throws ManagementException {
        return new RemoteConnections(
                remotes(principal),
                present(access),
                running == null ? null : running.pushes(),
                accounts(principal),
                bucket,
                principal);
    }

    /** Watched folders. */
    public ManagedWatches watches(Principal principal) throws ManagementException {
        if (running == null || running.watches() == null) {
            throw new ManagementException(Reason.NOT_AVAILABLE, "no gateway is running here");
        }
        return new ManagedWatches(running.watches(), principal);
    }

    /** What the gateway does now, and has done lately. */
    public Activity activity(Principal principal) throws ManagementException {
        principal.require(Right.SEE);
        if (running == null || running.activity() == null) {
            throw new ManagementException(Reason.NOT_AVAILABLE, "this gateway does not measure what it does");
        }
        return running.activity();
    }

    /**
     * What the sessions of an account do now, and have done lately.
     *
     * @param principal an account
     */
    public OwnActivity ownActivity(Principal principal) throws ManagementException {
        if (!principal.isAccount()) {
            throw new ManagementException(Reason.FORBIDDEN, principal.name() + " is not an account");
        }
        if (running == null || running.activity() == null) {
            throw new ManagementException(Reason.NOT_AVAILABLE, "this gateway does not measure what it does");
        }
        return new OwnActivity(running.activity(), principal.name());
    }

    /** Paths in the store and on remotes. */
    public PathLookup paths() throws ManagementException {
        return present(running == null ? null : running.paths());
    }

    private static <T> T present(@Nullable T service) throws ManagementException {
        if (service == null) {
            throw new ManagementException(Reason.NOT_AVAILABLE, "this gateway does not push files to remote servers");
        }
        return service;
    }
}
