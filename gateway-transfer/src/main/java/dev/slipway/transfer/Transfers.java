package dev.slipway.transfer;

import dev.slipway.core.account.Account;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.ObjectSources;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobEngine;
import dev.slipway.transfer.job.JobKind;
import dev.slipway.transfer.job.JobSettings;
import dev.slipway.transfer.job.Jobs;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.job.Resource;
import dev.slipway.transfer.push.ObjectPushes;
import dev.slipway.transfer.push.PushSettings;
import dev.slipway.transfer.push.Pushes;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteClient;
import dev.slipway.transfer.remote.Remotes;
import dev.slipway.transfer.remote.SecretBox;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/** The jobs of a gateway, with everything they need. */
public final class Transfers implements AutoCloseable {
    private final Remotes remotes;
    private final RemoteClient client = new RemoteClient();
    private final ObjectPushes pushes;
    private final JobEngine jobs;

    /** Jobs that use nothing but remotes, or by one job at a time. */
    public Transfers(
            StateDatabase database,
            ObjectSources store,
            Remotes remotes,
            SecretBox secrets,
            PushSettings pushSettings,
            JobSettings jobSettings,
            Function<String, Optional<Account>> accounts,
            Clock clock) {
        this(database, store, remotes, secrets, pushSettings, jobSettings, _ -> OptionalInt.empty(), accounts, clock);
    }

    /**
     * Does not start anything yet.
     *
     * @param database closed by the caller, after this
     * @param store likewise
     * @param limits how many jobs may use something else than a remote at once; see {@link dev.slipway.transfer.job.ResourceLimits}
     * @param accounts finds accounts that may currently log in
     */
    public Transfers(
            StateDatabase database,
            ObjectSources store,
            Remotes remotes,
            SecretBox secrets,
            PushSettings pushSettings,
            JobSettings jobSettings,
            Function<Resource, OptionalInt> limits,
            Function<String, Optional<Account>> accounts,
            Clock clock) {
        this.remotes = remotes;
        this.pushes = new ObjectPushes(database, store, remotes, client, secrets, pushSettings, accounts);
        this.jobs = new JobEngine(database, clock, jobSettings, resource -> limit(remotes, limits, resource));
        pushes.kinds().forEach(jobs::register);
        pushes.attach(jobs);
    }

    /** How many jobs may use a resource: of a remote its own limit, of anything unknown one. */
    private static int limit(Remotes remotes, Function<Resource, OptionalInt> limits, Resource resource) {
        return resource.isRemote()
                ? remotes.find(resource.name()).map(Remote::maxJobs).orElse(Remote.DEFAULT_MAX_JOBS)
                : limits.apply(resource).orElse(1);
    }

    /** Adds a kind of jobs; before {@link #start}. */
    public void register(JobKind kind) {
        jobs.register(kind);
    }

    /** Submits a job within a transaction; see {@link JobEngine#submit(Handle, NewJob)}. */
    public String submit(Handle transaction, NewJob job) {
        return jobs.submit(transaction, job);
    }

    /** A job as a transaction sees it. */
    public Optional<Job> find(Handle transaction, String id) {
        return jobs.find(transaction, id);
    }

    /** Removes a job from the history within a transaction; see {@link JobEngine#forget}. */
    public void forget(Handle transaction, String id) {
        jobs.forget(transaction, id);
    }

    /** Adds a listener for ended jobs, called at least once for each; before {@link #start}. */
    public void onEnd(Consumer<Job> listener) {
        jobs.onEnd(listener);
    }

    /** Starts running jobs, and continues those of an earlier run. Blocks for the database. */
    public void start() {
        jobs.start();
    }

    /** The jobs. */
    public Jobs jobs() {
        return jobs;
    }

    /** Accepts orders for pushes. */
    public Pushes pushes() {
        return pushes;
    }

    /** The remotes to which files can be sent. */
    public Remotes remotes() {
        return remotes;
    }

    /** Connects to remotes. */
    public RemoteClient client() {
        return client;
    }

    /** See {@link JobEngine#drain}. */
    public void drain(Duration limit) {
        jobs.drain(limit);
    }

    @Override
    public void close() {
        jobs.close();
        pushes.close();
        client.close();
    }
}
