package dev.slipway.transfer.push;

import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobKind;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.job.StoredJson;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteClient;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFailure;
import dev.slipway.transfer.remote.Remotes;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.SecretKeyException;
import dev.slipway.transfer.remote.TransferMode;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends one file. */
final class PushKind implements JobKind {
    static final String NAME = "push";

    private static final Logger log = LoggerFactory.getLogger(PushKind.class);

    private final Sources sources;
    private final Remotes remotes;
    private final RemoteClient client;
    private final SecretBox secrets;
    private final PushSettings settings;
    private final SentTable sent;
    private final PushRights rights;

    PushKind(
            Sources sources,
            Remotes remotes,
            RemoteClient client,
            SecretBox secrets,
            PushSettings settings,
            SentTable sent,
            PushRights rights) {
        this.sources = sources;
        this.sent = sent;
        this.rights = rights;
        this.remotes = remotes;
        this.client = client;
        this.secrets = secrets;
        this.settings = settings;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public JobResult run(JobRun run) throws JobException, JobStoppedException {
        PushRequest request = request(run);
        SealedOrder sealed = sealed(run, request);
        Remote remote = remote(run, sealed);
        if (sealed.remote() == null) {
            require(rights, request, run.job().wanted().submitter(), remote);
        }
        run.progress("connecting", run.job().bytesDone(), run.job().bytesTotal());
        try (RemoteConnection connection = client.lease(remote)) {
            // Everything that waits for the remote then fails, which counts as a stop.
            run.onStop(connection::close);
            run.throwIfStopped();
            Push push = new Push(
                    run,
                    request,
                    sources.of(run.job().wanted().source(), request, sealed),
                    remote,
                    capabilities(remote, sealed, connection),
                    connection,
                    settings,
                    sources.reachability(),
                    version -> delivered(request, version));
            JobResult result = sent(push);
            if (result instanceof JobResult.WaitForSpace(String message)) {
                return new JobResult.WaitForSpace(leavingRoom(run, connection, message));
            }
            connection.release();
            return result;
        } catch (RemoteException e) {
            run.throwIfStopped();
            throw failure(e);
        }
    }

    /** The rights may have changed since the order arrived. */
    static void require(PushRights rights, PushRequest request, String submitter, Remote remote) throws JobException {
        Optional<String> problem = rights.problem(PushRights.authority(request.authority(), submitter), remote)
                .or(() -> PushRights.problem(remote, request.path()));
        if (problem.isPresent()) {
            throw JobException.permanent(problem.get());
        }
    }

    private static JobResult sent(Push push) throws JobException, JobStoppedException, RemoteException {
        try {
            return push.send();
        } catch (RemoteException e) {
            if (e.failure() == RemoteFailure.NO_SPACE) {
                return new JobResult.WaitForSpace(String.valueOf(e.getMessage()));
            }
            throw e;
        }
    }

    /**
     * Removes a partial file if an earlier job needs the space.
     *
     * @return the message about the wait
     */
    private static String leavingRoom(JobRun run, RemoteConnection connection, String message)
            throws JobException, JobStoppedException, RemoteException {
        run.throwIfStopped();
        if (run.checkpoint().isEmpty() || !run.isInTheWay()) {
            return message;
        }
        if (StoredJson.read(run.checkpoint(), Checkpoint.class).renaming()) {
            // It is complete, and may even have its final name: it needs no more space.
            return message;
        }
        PushDelivery.discard(run, connection);
        run.progress("waiting", 0, run.job().bytesTotal());
        run.save("");
        return message + "; its partial file was removed to make space for an earlier job and is sent again";
    }

    /**
     * For orders with {@code newer}. Recorded before the job's end, so that after a crash in between the file is sent
     * once more.
     */
    private void delivered(PushRequest request, SourceVersion version) {
        if (request.newer() != null) {
            sent.sent(request.newer(), request.key(), version.id());
        }
    }

    @Override
    public void discard(JobRun run) throws JobException, JobStoppedException {
        if (run.checkpoint().isEmpty()) {
            return;
        }
        try (RemoteConnection connection = client.lease(remote(run, sealed(run, request(run))))) {
            run.onStop(connection::close);
            PushDelivery.discard(run, connection);
            connection.release();
        } catch (RemoteException e) {
            throw failure(e);
        }
    }

    private static JobException failure(RemoteException e) {
        String message = String.valueOf(e.getMessage());
        return e.failure().isTemporary() ? JobException.temporary(message, e) : JobException.permanent(message, e);
    }

    private static PushRequest request(JobRun run) {
        return StoredJson.read(run.job().wanted().request(), PushRequest.class);
    }

    private SealedOrder sealed(JobRun run, PushRequest request) throws JobException {
        String text = request.secrets();
        if (text == null) {
            return new SealedOrder(null, Map.of(), null);
        }
        try {
            return StoredJson.read(secrets.open(context(run.job().id()), text), SealedOrder.class);
        } catch (SecretKeyException e) {
            throw JobException.permanent("the order's secrets cannot be decrypted: " + e.getMessage(), e);
        }
    }

    /** The context for which the secrets of a job are encrypted. */
    static String context(String job) {
        return "job " + job;
    }

    private Remote remote(JobRun run, SealedOrder sealed) throws JobException {
        if (sealed.remote() != null) {
            return sealed.remote().toRemote();
        }
        NewJob wanted = run.job().wanted();
        String name = String.valueOf(wanted.remote());
        return find(remotes, name);
    }

    static Remote find(Remotes remotes, String name) throws JobException {
        return remotes.find(name)
                .orElseThrow(() -> JobException.permanent(
                        "there is no remote '" + name + "' any more; add it again and retry the job"));
    }

    /** The capabilities of named remotes are stored. */
    private Capabilities capabilities(Remote remote, SealedOrder sealed, RemoteConnection connection)
            throws RemoteException {
        if (sealed.remote() != null) {
            return connection.probe();
        }
        Optional<Capabilities> known = remotes.capabilities(remote.name());
        if (known.isPresent()) {
            return known.get();
        }
        Capabilities found = connection.probe();
        remotes.remember(remote.name(), found);
        if (remote.mode() == TransferMode.AUTO) {
            DirectTransfer.obstacle(found)
                    .ifPresent(obstacle -> log.info(
                            "Files are streamed to {}, which does not fetch them: {}", remote.name(), obstacle));
        }
        return found;
    }
}
