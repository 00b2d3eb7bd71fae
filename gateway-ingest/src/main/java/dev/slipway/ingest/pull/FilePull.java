package dev.slipway.ingest.pull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.core.vfs.WritePosition;
import dev.slipway.ingest.target.TargetFolders;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteEntry;
import dev.slipway.transfer.remote.RemoteException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fetches files of the source and stores them, each complete and unchanged or not at all. Thread-safe. */
final class FilePull {
    private static final Logger log = LoggerFactory.getLogger(FilePull.class);

    /** How often a file is read that changes while it is, or arrives otherwise than the remote has it. */
    private static final int TRIES = 3;

    /** Smaller files are not resumed but sent again: the store keeps whole parts only. */
    private static final long LEAST_RESUMED_BYTES = 8 << 20;

    private final PullSettings settings;
    private final JobRun run;
    private final PullTally tally;
    private final RemoteConnection connection;
    private final VirtualFileSystem files;
    private final PulledFiles known;
    private final RangedCopy ranges;
    private final SourceDigest digests;
    private final TargetFolders folders;
    private final Clock clock;
    private final AtomicLong bytes = new AtomicLong();

    @GuardedBy("open")
    private final Set<FileUpload> open = new HashSet<>();

    @GuardedBy("open")
    private boolean ended;

    FilePull(
            PullSettings settings,
            JobRun run,
            PullTally tally,
            RemoteConnection connection,
            VirtualFileSystem files,
            PulledFiles known,
            RangedCopy ranges,
            SourceDigest digests,
            Clock clock) {
        this.settings = settings;
        this.run = run;
        this.tally = tally;
        this.connection = connection;
        this.files = files;
        this.known = known;
        this.ranges = ranges;
        this.digests = digests;
        this.folders = new TargetFolders(files);
        this.clock = clock;
    }

    /** What has become of a file. */
    sealed interface Outcome {
        /** It is stored. */
        record Stored(SourceFile file) implements Outcome {}

        /** It is being written to at the source: it is left for the next run. */
        record Growing() implements Outcome {}

        /** It is no longer at the source. */
        record Gone() implements Outcome {}

        /** It could not be stored. */
        record Failed(String reason) implements Outcome {}
    }

    /** The result of reading it once. */
    private enum Attempt {
        STORED,
        CHANGED,
        DAMAGED
    }

    private void copied(long count) {
        bytes.addAndGet(count);
        progress("pulling");
    }

    /** Reports how far the run is. */
    void progress(String phase) {
        run.progress(phase, bytes.get(), -1, tally.storedFiles(), -1);
    }

    /**
     * Fetches a file. Blocks.
     *
     * @param before what an earlier run has seen of it; null for nothing
     * @throws RemoteException it failed; nothing is known of the other files unless the connection is lost
     * @throws VfsException likewise for the store
     */
    Outcome pull(SourceFile wanted, VirtualPath target, PulledFiles.@Nullable Look before)
            throws RemoteException, VfsException, InterruptedException {
        SourceFile file = wanted;
        Attempt last = Attempt.CHANGED;
        for (int tries = 0; tries < TRIES; tries++) {
            last = attempt(file, target, tries == 0 ? before : null);
            if (last == Attempt.STORED) {
                known.delivered(run.job().id(), file, target.toString());
                return new Outcome.Stored(file);
            }
            Optional<SourceFile> now = look(file.path());
            if (now.isEmpty()) {
                return new Outcome.Gone();
            }
            file = now.get();
        }
        known.look(file, clock.instant(), null);
        return last == Attempt.CHANGED
                ? new Outcome.Growing()
                : new Outcome.Failed("what was read differs from what the remote has, " + TRIES + " times");
    }

    /** The file as it is at the source now. */
    Optional<SourceFile> look(String path) throws RemoteException {
        return connection
                .entry(remotePath(path), settings.links() != PullSettings.Links.SKIP)
                .filter(entry -> entry.kind() == RemoteEntry.Kind.FILE)
                .map(entry -> SourceFile.of(path, entry));
    }

    private String remotePath(String path) {
        return SourceTree.remotePath(settings, path);
    }

    private Attempt attempt(SourceFile file, VirtualPath target, PulledFiles.@Nullable Look before)
            throws RemoteException, VfsException, InterruptedException {
        boolean isBegun = before != null
                && target.toString().equals(before.target())
                && file.isSame(before.file().size(), before.file().modified());
        Optional<FileEntry> there = isBegun ? stat(target) : Optional.empty();
        if (there.filter(entry -> isStored(file, entry)).isPresent()) {
            // The gateway was killed after the store had confirmed it.
            return Attempt.STORED;
        }
        if (!isBegun && file.size() >= LEAST_RESUMED_BYTES) {
            known.look(file, clock.instant(), target.toString());
        }
        MessageDigest digest = SourceDigest.begin();
        try (RangedCopy.Turn turn = ranges.turn(remotePath(file.path()), file.size())) {
            return upload(file, target, there, turn, digest);
        }
    }

    private Attempt upload(
            SourceFile file, VirtualPath target, Optional<FileEntry> there, RangedCopy.Turn turn, MessageDigest digest)
            throws RemoteException, VfsException, InterruptedException {
        FileUpload upload = begin(target, there);
        try {
            register(upload);
            long offset = upload.entry().size();
            upload.expectSize(file.size());
            if (file.modified() != SourceFile.UNKNOWN) {
                upload.setModified(Instant.ofEpochSecond(file.modified()));
            }
            boolean whole = offset <= file.size() && turn.copy(offset, upload, digest, this::copied);
            // A change within the second that a time shows is only noticed by the digest.
            boolean matches = whole && digests.matches(remotePath(file.path()), offset, digest);
            boolean same = whole && look(file.path()).equals(Optional.of(file));
            if (same && matches) {
                upload.commit();
                return Attempt.STORED;
            }
            upload.abort();
            return same ? Attempt.DAMAGED : Attempt.CHANGED;
        } finally {
            unregister(upload);
            upload.close();
        }
    }

    /** Resumes the upload of an earlier run, if the store has some of it, or begins one. */
    private FileUpload begin(VirtualPath target, Optional<FileEntry> there) throws VfsException {
        if (there.filter(FileEntry::partial).isPresent()) {
            try {
                return files.resume(target, WritePosition.END);
            } catch (VfsException e) {
                if (e.failure() != Failure.UNSUPPORTED) {
                    throw e;
                }
                log.debug("The upload of {} begins again: {}", target, e.getMessage());
            }
        }
        folders.create(target.parent());
        return files.create(target, CreateMode.REPLACE);
    }

    /** What is at a path of the target. */
    Optional<FileEntry> stat(VirtualPath target) throws VfsException {
        try {
            return Optional.of(files.stat(target));
        } catch (VfsException e) {
            if (e.failure() == Failure.NOT_FOUND || e.failure() == Failure.NOT_A_DIRECTORY) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Whether the store has a version of a file. */
    static boolean isStored(SourceFile file, FileEntry entry) {
        return !entry.directory()
                && !entry.partial()
                && entry.size() == file.size()
                && (file.modified() == SourceFile.UNKNOWN || entry.modified().getEpochSecond() == file.modified());
    }

    private void register(FileUpload upload) {
        boolean tooLate;
        synchronized (open) {
            tooLate = ended;
            open.add(upload);
        }
        if (tooLate) {
            upload.close();
        }
    }

    private void unregister(FileUpload upload) {
        synchronized (open) {
            open.remove(upload);
        }
    }

    /** Interrupts the uploads, so that no thread waits for the store. */
    void end() {
        Set<FileUpload> interrupted;
        synchronized (open) {
            ended = true;
            interrupted = Set.copyOf(open);
        }
        interrupted.forEach(FileUpload::close);
    }

    /**
     * Does with a delivered file of the source what the settings say. Nothing if it is no longer the file that was
     * delivered.
     */
    void settle(SourceFile file) throws RemoteException {
        if (settings.afterwards() == PullSettings.Afterwards.LEAVE
                || !look(file.path()).equals(Optional.of(file))) {
            return;
        }
        String path = remotePath(file.path());
        if (settings.afterwards() == PullSettings.Afterwards.DELETE) {
            boolean _ = connection.remove(path);
        } else {
            SourceAside.move(connection, path, String.valueOf(settings.afterwardsFolder()), file.path(), clock);
        }
        known.forget(file.path());
    }
}
