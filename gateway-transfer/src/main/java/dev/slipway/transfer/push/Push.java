package dev.slipway.transfer.push;

import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.job.StoredJson;
import dev.slipway.transfer.json.JsonWords;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFile;
import dev.slipway.transfer.remote.TransferMode;
import java.net.URI;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends one file over one connection: to a temporary file in the target folder, which is verified against the source
 * and then renamed. Every step may have been performed before.
 */
final class Push {
    private static final Logger log = LoggerFactory.getLogger(Push.class);

    /** Below it costs more than it gains. */
    private static final long PREALLOCATED_BYTES = 64L << 20;

    private final JobRun run;
    private final PushRequest request;
    private final Source source;
    private final Remote remote;
    private final Capabilities capabilities;
    private final RemoteConnection connection;
    private final AllowedFolders allowed;
    private final PushPlan plan;
    private final TargetSpace space;
    private final TemporaryFile temporary;
    private final PushVerification verification;
    private final PushDelivery delivery;
    private final StoreReachability reachability;

    /**
     * Prepares a push.
     *
     * @param connection remains the caller's
     * @param reachability which remotes reach the source
     * @param onDelivered receives delivered files
     */
    Push(
            JobRun run,
            PushRequest request,
            Source source,
            Remote remote,
            Capabilities capabilities,
            RemoteConnection connection,
            PushSettings settings,
            StoreReachability reachability,
            Consumer<SourceVersion> onDelivered) {
        this.run = run;
        this.request = request;
        this.source = source;
        this.remote = remote;
        this.capabilities = capabilities;
        this.connection = connection;
        this.allowed = new AllowedFolders(remote, connection);
        this.plan = new PushPlan(run, request, remote, connection, allowed, settings.pieceBytes());
        this.space = new TargetSpace(run, remote, connection, settings);
        this.temporary = new TemporaryFile(run, remote, connection);
        this.verification = new PushVerification(run, source, remote, capabilities, connection, temporary);
        this.delivery = new PushDelivery(run, request.overwrite(), remote, connection, onDelivered);
        this.reachability = reachability;
    }

    JobResult send() throws JobException, JobStoppedException, RemoteException {
        Checkpoint checkpoint = remembered();
        run.progress("looking", checkpoint == null ? 0 : checkpoint.written(), -1);
        if (checkpoint != null) {
            allowed.requireFile(checkpoint.target());
        }
        if (checkpoint != null && checkpoint.renaming()) {
            Optional<RemoteFile> present = connection.stat(checkpoint.temporary());
            if (present.isEmpty()) {
                return delivery.deliveredBefore(checkpoint);
            }
            if (present.get().size() == checkpoint.version().size()) {
                // It was verified before; the source is no longer needed and may have been deleted.
                return delivery.rename(checkpoint, "");
            }
            // Somebody has changed it. If it is removed below, that must not be mistaken for the rename.
            connection.putBack(checkpoint.aside(), checkpoint.target());
            checkpoint = checkpoint.withRenaming(false);
            run.save(StoredJson.write(checkpoint));
        }
        SourceVersion version = source.current();
        // Without an ETag it is unknown whether it is still the same.
        boolean unknown = version.etag().isEmpty();
        if (checkpoint != null && (unknown || !checkpoint.version().equals(version))) {
            connection.remove(checkpoint.temporary());
            checkpoint = null;
        }
        if (checkpoint != null && connection.stat(checkpoint.temporary()).isEmpty()) {
            checkpoint = null;
        }
        boolean begun = checkpoint != null;
        if (checkpoint == null) {
            checkpoint = plan.plan(version, source.isSequential());
        }
        run.throwIfStopped();
        // The reservation counts from here.
        run.progress("measuring", checkpoint.written(), version.size());
        TransferMode mode = mode();
        Optional<String> lack = space.lack(checkpoint);
        if (lack.isPresent()) {
            return new JobResult.WaitForSpace(lack.get());
        }
        boolean direct = mode == TransferMode.DIRECT && checkpoint.written() < version.size() && mayTry(version);
        if (!begun) {
            boolean preallocates = direct
                    && version.size() >= PREALLOCATED_BYTES
                    && capabilities.tools().contains("fallocate");
            // Saved before it is done: a preallocated file must not reserve space a second time.
            checkpoint = checkpoint.withPreallocated(preallocates);
            run.save(StoredJson.write(checkpoint));
            temporary.create(checkpoint);
        }
        if (direct && checkpoint.preallocated()) {
            // It is unknown whether an earlier attempt got this far; repeating it costs nothing.
            checkpoint = temporary.preallocate(checkpoint, space);
        }
        checkpoint = direct ? fetched(checkpoint) : streamed(checkpoint);
        temporary.sync(checkpoint);
        String compared = verification.compare(checkpoint);
        return delivery.rename(checkpoint, compared);
    }

    private boolean mayTry(SourceVersion version) throws JobException {
        return wantedMode() == TransferMode.DIRECT
                || reachability.mayTry(remote, source.request(version).url());
    }

    /** Unless direct mode is required, a remote that cannot reach the store gets the file by streaming. */
    private Checkpoint fetched(Checkpoint checkpoint) throws JobException, JobStoppedException, RemoteException {
        run.sends(JsonWords.of(TransferMode.DIRECT), checkpoint.pieces().size());
        PushWork work = new PushWork(run, "fetched by the remote", checkpoint);
        DirectTransfer direct = new DirectTransfer(run, work, source, connection, capabilities);
        URI url = source.request(checkpoint.version()).url();
        try {
            work.sendAll(remote.maxChannels(), direct);
        } catch (JobException e) {
            if (!direct.isUnreachable()) {
                throw e;
            }
            reachability.notReached(remote, url);
            if (wantedMode() == TransferMode.DIRECT) {
                if (direct.isTooOld() || direct.isRefused()) {
                    throw JobException.permanent(remote.name() + ": " + e.getMessage(), e);
                }
                throw e;
            }
            log.info(
                    "{} cannot fetch from the store; streaming for {} minutes: {}",
                    remote.name(),
                    StoreReachability.KEPT.toMinutes(),
                    e.getMessage());
            return streamed(work.checkpoint());
        } finally {
            if (direct.hasReached()) {
                reachability.reached(remote, url);
            }
        }
        return work.checkpoint();
    }

    private Checkpoint streamed(Checkpoint checkpoint) throws JobException, JobStoppedException, RemoteException {
        run.sends(JsonWords.of(TransferMode.STREAMING), checkpoint.pieces().size());
        PushWork work = new PushWork(run, "sending", checkpoint);
        StreamingTransfer streaming = new StreamingTransfer(run, work, source, connection);
        try {
            work.sendAll(remote.maxChannels(), streaming);
        } finally {
            if (streaming.isDoubtful()) {
                temporary.beginAnew(checkpoint);
            }
        }
        return work.checkpoint();
    }

    private TransferMode wantedMode() {
        return request.mode() == null ? remote.mode() : request.mode();
    }

    private @Nullable Checkpoint remembered() {
        String text = run.checkpoint();
        if (text.isEmpty()) {
            return null;
        }
        try {
            return StoredJson.read(text, Checkpoint.class);
        } catch (IllegalArgumentException e) {
            log.warn(
                    "The checkpoint of job {} cannot be read; the job starts over",
                    run.job().id());
            return null;
        }
    }

    private TransferMode mode() throws JobException {
        Optional<String> obstacle = source.isSequential()
                ? Optional.of("the source's server does not support ranges")
                : DirectTransfer.obstacle(capabilities);
        return switch (wantedMode()) {
            case STREAMING -> TransferMode.STREAMING;
            case AUTO -> obstacle.isEmpty() ? TransferMode.DIRECT : TransferMode.STREAMING;
            case DIRECT -> {
                if (obstacle.isPresent()) {
                    throw JobException.permanent(remote.name() + ": mode 'direct' is not possible: " + obstacle.get()
                            + "; use 'streaming' or 'auto'");
                }
                yield TransferMode.DIRECT;
            }
        };
    }
}
