package dev.slipway.transfer.push;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.store.Crc32;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.push.Checkpoint.Piece;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.ExecutionResult;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFailure;
import dev.slipway.transfer.remote.RemoteFile;
import dev.slipway.transfer.remote.RemoteSpace;
import dev.slipway.transfer.remote.ShellWords;
import dev.slipway.transfer.remote.TransferMode;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
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

    /** For a digest of a large file, of which a remote says nothing until it is done. */
    private static final Duration DIGEST_LIMIT = Duration.ofHours(6);

    private static final int TOOL_OUTPUT_BYTES = 16 << 10;

    /** Below it costs more than it gains. */
    private static final long PREALLOCATED_BYTES = 64L << 20;

    /** Most file systems do it at once. */
    private static final Duration PREALLOCATION_LIMIT = Duration.ofMinutes(10);

    private final JobRun run;
    private final PushRequest request;
    private final Source source;
    private final Remote remote;
    private final Capabilities capabilities;
    private final RemoteConnection connection;
    private final AllowedFolders allowed;
    private final OptionalInt freeSpacePercentage;
    private final long pieceBytes;
    private final StoreReachability ways;
    private final Consumer<SourceVersion> onDelivered;

    /**
     * Prepares a push.
     *
     * @param connection remains the caller's
     * @param ways which remotes reach the source
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
            StoreReachability ways,
            Consumer<SourceVersion> onDelivered) {
        this.run = run;
        this.request = request;
        this.source = source;
        this.remote = remote;
        this.capabilities = capabilities;
        this.connection = connection;
        this.allowed = new AllowedFolders(remote, connection);
        this.ways = ways;
        this.onDelivered = onDelivered;
        this.pieceBytes = settings.pieceBytes();
        this.freeSpacePercentage = remote.freeSpacePercentage().isPresent()
                ? remote.freeSpacePercentage()
                : settings.freeSpacePercentage();
    }

    JobResult send() throws JobException, JobStoppedException, RemoteException {
        Checkpoint checkpoint = remembered();
        run.progress("looking", checkpoint == null ? 0 : checkpoint.written(), -1);
        if (checkpoint != null) {
            allowed.requireFile(checkpoint.target());
        }
        if (checkpoint != null && checkpoint.renaming()) {
            Optional<RemoteFile> temporary = connection.stat(checkpoint.temporary());
            if (temporary.isEmpty()) {
                return deliveredBefore(checkpoint);
            }
            if (temporary.get().size() == checkpoint.version().size()) {
                // It was verified before; the source is no longer needed and may have been deleted.
                return renamed(checkpoint, "");
            }
            // Somebody has changed it. If it is removed below, that must not be mistaken for the rename.
            connection.putBack(checkpoint.aside(), checkpoint.target());
            checkpoint = checkpoint.withRenaming(false);
            run.save(Json.write(checkpoint));
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
            checkpoint = planned(version);
        }
        run.throwIfStopped();
        // The reservation counts from here.
        run.progress("measuring", checkpoint.written(), version.size());
        TransferMode mode = mode();
        String folder = Destination.parent(checkpoint.target());
        Optional<String> lack = lackOfSpace(folder, checkpoint.missing(), version.size());
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
            run.save(Json.write(checkpoint));
            makeTemporary(checkpoint);
        }
        if (direct && checkpoint.preallocated()) {
            // It is unknown whether an earlier attempt got this far; repeating it costs nothing.
            checkpoint = preallocated(checkpoint);
        }
        checkpoint = direct ? fetched(checkpoint) : streamed(checkpoint);
        written(checkpoint);
        String compared = compare(checkpoint);
        return renamed(checkpoint, compared);
    }

    private void makeTemporary(Checkpoint checkpoint) throws JobException, RemoteException {
        try {
            connection.create(checkpoint.temporary());
        } catch (RemoteException e) {
            if (e.failure() == RemoteFailure.PERMISSION_DENIED) {
                throw JobException.permanent(
                        remote.name() + ": " + remote.user() + " cannot create a file in the folder "
                                + Destination.parent(checkpoint.target()) + " (" + e.getMessage() + ")",
                        e);
            }
            throw e;
        }
    }

    /**
     * Preallocates the whole file: otherwise parallel writers compete for blocks, and a full disk would be noticed
     * late.
     */
    private Checkpoint preallocated(Checkpoint checkpoint) throws JobException, JobStoppedException, RemoteException {
        ExecutionResult result = connection.run(
                "LC_ALL=C fallocate -l " + checkpoint.version().size() + " " + ShellWords.quote(checkpoint.temporary()),
                new byte[0],
                PREALLOCATION_LIMIT,
                TOOL_OUTPUT_BYTES);
        run.throwIfStopped();
        if (result.succeeded()) {
            if (freeSpacePercentage.isPresent()) {
                // The file has what was reserved for it.
                run.reserve(remote.fileSystem(), 0, Long.MAX_VALUE);
            }
            return checkpoint;
        }
        if (result.errors().contains("No space left on device")) {
            beginAnew(checkpoint);
            throw new RemoteException(
                    RemoteFailure.NO_SPACE,
                    remote.name() + ": no space for " + checkpoint.version().size() + " bytes in "
                            + Destination.parent(checkpoint.target()));
        }
        // Not every file system can.
        log.debug(
                "{} is not preallocated: {}",
                checkpoint.temporary(),
                result.errors().strip());
        Checkpoint without = checkpoint.withPreallocated(false);
        run.save(Json.write(without));
        return without;
    }

    /** A disk that has failed says so once only. */
    private void written(Checkpoint checkpoint) throws JobException, RemoteException {
        try {
            connection.fsync(checkpoint.temporary());
        } catch (RemoteException e) {
            switch (e.failure()) {
                case UNREACHABLE, TIMEOUT, NO_CHANNEL -> throw e;
                case NO_SPACE -> {
                    beginAnew(checkpoint);
                    throw e;
                }
                case HOST_KEY, AUTHENTICATION, NOT_FOUND, PERMISSION_DENIED, ALREADY_EXISTS, UNSUPPORTED, FAILED ->
                    throw damaged(checkpoint, "it could not be synced to disk: " + e.getMessage());
            }
        }
    }

    private JobResult renamed(Checkpoint checkpoint, String compared)
            throws JobException, JobStoppedException, RemoteException {
        run.throwIfStopped();
        run.progress(
                "renaming", checkpoint.version().size(), checkpoint.version().size());
        if (!checkpoint.renaming()) {
            run.save(Json.write(checkpoint.withRenaming(true)));
        }
        try {
            name(checkpoint);
        } catch (RemoteException e) {
            if (!connection.isOpen() || e.failure() == RemoteFailure.TIMEOUT) {
                throw e;
            }
            // An earlier attempt may have asked for it, and a slow remote may have done it only now.
            if (checkpoint.renaming() && connection.stat(checkpoint.temporary()).isEmpty()) {
                return deliveredBefore(checkpoint);
            }
            // The rename was refused: if the temporary file disappears from now on, that does not prove a rename.
            connection.putBack(checkpoint.aside(), checkpoint.target());
            run.save(Json.write(checkpoint.withRenaming(false)));
            throw e;
        }
        return delivered(checkpoint, compared);
    }

    private void name(Checkpoint checkpoint) throws RemoteException {
        if (!request.overwrite()) {
            connection.rename(checkpoint.temporary(), checkpoint.target());
        } else if (!connection.replace(checkpoint.temporary(), checkpoint.target(), checkpoint.aside())) {
            log.warn("The replaced file remains on {} as {}", remote.name(), checkpoint.aside());
        }
    }

    /** Completes an interrupted rename. */
    private void removeReplaced(Checkpoint checkpoint) {
        try {
            connection.remove(checkpoint.aside());
        } catch (RemoteException e) {
            log.warn("{} remains on {}: {}", checkpoint.aside(), remote.name(), e.getMessage());
        }
    }

    private boolean mayTry(SourceVersion version) throws JobException {
        return wantedMode() == TransferMode.DIRECT
                || ways.mayTry(remote, source.request(version).url());
    }

    /** Unless direct mode is required, a remote that cannot reach the store gets the file by streaming. */
    private Checkpoint fetched(Checkpoint checkpoint) throws JobException, JobStoppedException, RemoteException {
        PushWork work = new PushWork(run, "fetched by the remote", checkpoint);
        DirectTransfer direct = new DirectTransfer(run, work, source, connection);
        URI url = source.request(checkpoint.version()).url();
        try {
            work.sendAll(remote.maxChannels(), direct);
        } catch (JobException e) {
            if (!direct.isUnreachable()) {
                throw e;
            }
            ways.closed(remote, url);
            if (wantedMode() == TransferMode.DIRECT) {
                throw e;
            }
            log.info(
                    "{} does not reach the store; streaming for {} minutes: {}",
                    remote.name(),
                    StoreReachability.KEPT.toMinutes(),
                    e.getMessage());
            return streamed(work.checkpoint());
        } finally {
            if (direct.hasReached()) {
                ways.open(remote, url);
            }
        }
        return work.checkpoint();
    }

    private Checkpoint streamed(Checkpoint checkpoint) throws JobException, JobStoppedException, RemoteException {
        PushWork work = new PushWork(run, "sending", checkpoint);
        StreamingTransfer streaming = new StreamingTransfer(run, work, source, connection);
        try {
            work.sendAll(remote.maxChannels(), streaming);
        } finally {
            if (streaming.isDoubtful()) {
                beginAnew(checkpoint);
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
            return Json.read(text, Checkpoint.class);
        } catch (IllegalArgumentException e) {
            log.warn(
                    "The checkpoint of job {} cannot be read; the job starts over",
                    run.job().id());
            return null;
        }
    }

    /** Looks where the file goes, and how it is cut. */
    private Checkpoint planned(SourceVersion version) throws JobException, RemoteException {
        String path = request.path();
        String target = plain(path.endsWith("/") ? Destination.in(path, request.name()) : path);
        boolean mayBeFolder = !request.exact() && !path.endsWith("/");
        if (mayBeFolder && connection.stat(target).filter(RemoteFile::folder).isPresent()) {
            target = plain(Destination.in(target, request.name()));
        }
        allowed.requireFile(target);
        String folder = Destination.parent(target);
        Optional<RemoteFile> present = connection.stat(target);
        if (present.isPresent() && present.get().folder()) {
            throw JobException.permanent(remote.name() + ": " + target + " is a folder");
        }
        if (present.isPresent() && !request.overwrite()) {
            throw JobException.permanent(
                    remote.name() + ": " + target + " already exists; use --overwrite to replace it");
        }
        Optional<RemoteFile> parent = connection.stat(folder);
        if (parent.isPresent() && !parent.get().folder()) {
            throw JobException.permanent(remote.name() + ": " + folder + " is a file, not a folder");
        }
        if (parent.isEmpty()) {
            if (!request.makeFolders()) {
                throw JobException.permanent(
                        remote.name() + ": no folder " + folder + "; use --make-folders to create it");
            }
            connection.makeFolders(folder);
            // Somebody else may have created them in a different way at the same time.
            allowed.require(folder);
        }
        return new Checkpoint(
                version,
                target,
                Destination.in(folder, ".slipway-" + run.job().id() + Checkpoint.PART),
                Pieces.of(version.size(), version.etag().isEmpty() ? 1 : remote.maxChannels(), pieceBytes),
                false,
                false);
    }

    private String plain(String target) throws JobException {
        if (!Destination.isPlain(target)) {
            throw JobException.permanent("the key " + run.job().wanted().source()
                    + " cannot be a file name: it has an empty segment, '.', '..' or a NUL");
        }
        return target;
    }

    /**
     * Reserves space for the missing bytes.
     *
     * @return why there is not enough space
     */
    private Optional<String> lackOfSpace(String folder, long missing, long size) throws JobException, RemoteException {
        if (freeSpacePercentage.isEmpty()) {
            return Optional.empty();
        }
        if (missing == 0) {
            // The space that it already uses is no reason to wait, however full the disk is.
            run.reserve(remote.fileSystem(), 0, Long.MAX_VALUE);
            return Optional.empty();
        }
        int threshold = freeSpacePercentage.getAsInt();
        RemoteSpace space;
        try {
            space = connection.space(remote.fileSystem().isEmpty() ? folder : remote.fileSystem());
        } catch (RemoteException e) {
            if (e.failure() == RemoteFailure.UNSUPPORTED) {
                throw JobException.permanent(
                        e.getMessage() + "; it is only measured if this remote has a free space percentage", e);
            }
            throw e;
        }
        // The free space after the file must exceed this many bytes.
        long kept = (long) Math.floor(space.total() / 100.0 * threshold);
        long usable = space.available() - kept - 1;
        if (usable >= missing && run.reserve(remote.fileSystem(), missing, usable)) {
            return Optional.empty();
        }
        return Optional.of(String.format(
                Locale.ROOT,
                "%s: %,d of %,d bytes are free (%.1f%%), according to %s; after a file of %,d bytes %d%% must stay"
                        + " free, not counting the reservations of other jobs",
                remote.name(),
                space.available(),
                space.total(),
                space.total() == 0 ? 0.0 : 100.0 * space.available() / space.total(),
                space.source(),
                size,
                threshold));
    }

    private TransferMode mode() throws JobException {
        boolean able = DirectTransfer.isPossible(capabilities);
        return switch (wantedMode()) {
            case STREAMING -> TransferMode.STREAMING;
            case AUTO -> able ? TransferMode.DIRECT : TransferMode.STREAMING;
            case DIRECT -> {
                if (!able) {
                    throw JobException.permanent(remote.name()
                            + ": it has no shell with curl and dd, which mode 'direct' requires; use"
                            + " 'streaming' or 'auto'");
                }
                yield TransferMode.DIRECT;
            }
        };
    }

    /**
     * Verifies the file against what is known of the source.
     *
     * @return what was compared, for people
     */
    private String compare(Checkpoint checkpoint) throws JobException, JobStoppedException, RemoteException {
        long size = checkpoint.version().size();
        run.progress("comparing", size, size);
        long arrived =
                connection.stat(checkpoint.temporary()).map(RemoteFile::size).orElse(-1L);
        if (arrived != size) {
            throw damaged(checkpoint, "the remote has " + arrived + " bytes of " + size);
        }
        Map<DigestAlgorithm, byte[]> known = source.digests(checkpoint.version());
        Optional<Integer> read = crc(checkpoint);
        byte[] crc = known.get(DigestAlgorithm.CRC32);
        if (read.isPresent() && crc != null && ByteBuffer.wrap(crc).getInt() != read.get()) {
            throw damaged(checkpoint, "the CRC-32 of the bytes read differs from the store's");
        }
        for (DigestAlgorithm algorithm :
                List.of(DigestAlgorithm.SHA256, DigestAlgorithm.SHA512, DigestAlgorithm.MD5, DigestAlgorithm.SHA1)) {
            byte[] expected = known.get(algorithm);
            String tool = tool(algorithm);
            if (expected != null && tool != null) {
                compareOnRemote(checkpoint, tool, expected);
                return ", " + algorithm + " compared";
            }
        }
        return read.isPresent() && crc != null ? ", CRC-32 verified" : ", size verified";
    }

    /** The CRC-32 of the whole file, if the gateway has seen all of it. */
    private static Optional<Integer> crc(Checkpoint checkpoint) {
        int whole = 0;
        for (Piece piece : checkpoint.pieces()) {
            Integer crc = piece.crc();
            if (crc == null) {
                return Optional.empty();
            }
            whole = Crc32.combine(whole, crc, piece.end() - piece.offset());
        }
        return Optional.of(whole);
    }

    private @Nullable String tool(DigestAlgorithm algorithm) {
        if (!capabilities.shell()) {
            return null;
        }
        String own = switch (algorithm) {
            case SHA256 -> "sha256sum";
            case SHA512 -> "sha512sum";
            case SHA1 -> "sha1sum";
            case MD5 -> "md5sum";
            case CRC32 -> "";
        };
        if (capabilities.tools().contains(own)) {
            return own;
        }
        boolean sha = algorithm != DigestAlgorithm.MD5 && algorithm != DigestAlgorithm.CRC32;
        return sha && capabilities.tools().contains("shasum")
                ? "shasum -a " + algorithm.name().substring("SHA".length())
                : null;
    }

    private void compareOnRemote(Checkpoint checkpoint, String tool, byte[] expected)
            throws JobException, JobStoppedException, RemoteException {
        run.throwIfStopped();
        ExecutionResult result = connection.run(
                tool + " < " + ShellWords.quote(checkpoint.temporary()), new byte[0], DIGEST_LIMIT, TOOL_OUTPUT_BYTES);
        run.throwIfStopped();
        if (!result.succeeded()) {
            throw JobException.temporary(
                    remote.name() + ": " + tool + " failed: " + result.errors().strip());
        }
        String said = result.output().strip().split("\\s", 2)[0];
        if (!said.equalsIgnoreCase(HexFormat.of().formatHex(expected))) {
            throw damaged(checkpoint, tool + " on the remote gives " + said);
        }
    }

    /** The bytes that arrived differ from those that were sent. */
    private JobException damaged(Checkpoint checkpoint, String what) throws JobException {
        beginAnew(checkpoint);
        return JobException.temporary(remote.name() + ": the file was damaged in transit: " + what);
    }

    /** The next attempt starts over. */
    private void beginAnew(Checkpoint checkpoint) throws JobException {
        try {
            connection.remove(checkpoint.temporary());
        } catch (RemoteException e) {
            log.warn("{} remains on {}: {}", checkpoint.temporary(), remote.name(), e.getMessage());
        }
        run.save("");
    }

    /**
     * The file had its final name before the work was interrupted, since nobody else removes a temporary file that is
     * named after the job. Its receiver may have moved it since, and it must not be delivered a second time.
     */
    private JobResult deliveredBefore(Checkpoint checkpoint) throws JobException, RemoteException {
        String folder = Destination.parent(checkpoint.target());
        if (connection.stat(folder).isEmpty()) {
            throw JobException.temporary(
                    remote.name() + ": " + folder + " is missing, so it is unknown whether the file was delivered");
        }
        boolean there;
        try {
            there = connection
                    .stat(checkpoint.target())
                    .filter(file -> !file.folder()
                            && file.size() == checkpoint.version().size())
                    .isPresent();
        } catch (RemoteException e) {
            if (e.failure().isTemporary()) {
                throw e;
            }
            there = false;
        }
        if (there) {
            removeReplaced(checkpoint);
            return delivered(checkpoint, "");
        }
        // The replaced file stays aside: it is unknown which file was moved on.
        return ended(checkpoint, ", moved on before the job continued");
    }

    /** Nothing that goes wrong from here on takes the file back. */
    private JobResult delivered(Checkpoint checkpoint, String compared) {
        try {
            connection.setModified(checkpoint.target(), Instant.now());
        } catch (RemoteException e) {
            if (e.failure() == RemoteFailure.NOT_FOUND) {
                log.debug("{} was moved away from {} at once", checkpoint.target(), remote.name());
            } else {
                log.warn("The time of {} was not set on {}: {}", checkpoint.target(), remote.name(), e.getMessage());
            }
        }
        return ended(checkpoint, compared);
    }

    private JobResult ended(Checkpoint checkpoint, String remark) {
        onDelivered.accept(checkpoint.version());
        long size = checkpoint.version().size();
        run.progress("done", size, size);
        return new JobResult.Done(checkpoint.target() + ", " + size + " bytes" + remark);
    }

    /** Removes the leftovers of an earlier attempt. */
    static void discard(JobRun run, RemoteConnection connection) throws RemoteException {
        if (!run.checkpoint().isEmpty()) {
            Checkpoint checkpoint = Json.read(run.checkpoint(), Checkpoint.class);
            if (checkpoint.renaming()) {
                if (connection.stat(checkpoint.temporary()).isPresent()) {
                    // First: without the temporary file, it would seem that the new one has got the name.
                    connection.putBack(checkpoint.aside(), checkpoint.target());
                } else if (connection.stat(checkpoint.target()).isPresent()) {
                    connection.remove(checkpoint.aside());
                }
            }
            connection.remove(checkpoint.temporary());
        }
    }
}
