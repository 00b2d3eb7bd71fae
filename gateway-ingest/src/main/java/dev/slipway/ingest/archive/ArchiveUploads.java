package dev.slipway.ingest.archive;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.archive.ArchiveMember;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.core.vfs.UploadOptions;
import dev.slipway.ingest.target.TargetFolders;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Stores the objects of a run: archives and their indexes, one at a time. The end of the run ends an upload, too. */
final class ArchiveUploads {
    /** How long to wait for the memory to read files. */
    private static final Duration WAIT = Duration.ofSeconds(30);

    private static final UploadOptions UPLOAD = UploadOptions.DEFAULT.withResumption(false);

    private final ArchiveSettings settings;
    private final ArchiveRun.Place place;
    private final FileSource source;
    private final JobRun run;
    private final TargetFolders folders;

    /** The upload that is open. */
    private volatile @Nullable FileUpload open;

    ArchiveUploads(ArchiveSettings settings, ArchiveRun.Place place, FileSource source, JobRun run) {
        this.settings = settings;
        this.place = place;
        this.source = source;
        this.run = run;
        this.folders = new TargetFolders(place.files());
        run.onStop(this::end);
    }

    private void end() {
        FileUpload upload = open;
        if (upload != null) {
            upload.close();
        }
    }

    /**
     * Stores an archive of files. Blocks for the store.
     *
     * @param times those that clients have set
     * @return its members, in the order of the files
     */
    List<ArchiveMember> storeArchive(VirtualPath path, List<ObjectInfo> files, Map<ObjectKey, Instant> times)
            throws IOException, JobStoppedException {
        try (Copying copying = begin(path, files)) {
            List<ArchiveMember> members = new ArchiveContent(files, times, copying.from(), run)
                    .write(settings.format(), new UploadStream(copying.to()));
            run.throwIfStopped();
            copying.to().commit();
            return members;
        } finally {
            open = null;
        }
    }

    /** Stores the index of an archive. Blocks for the store. */
    void storeIndex(VirtualPath path, UUID id, ObjectKey archive, List<ArchiveMember> members)
            throws IOException, JobStoppedException {
        try (FileUpload index = create(path, UPLOAD)) {
            ArchiveIndex.write(
                    new UploadStream(index), id, archive, settings.format().format(), members);
            index.commit();
        } finally {
            open = null;
        }
    }

    /** Files on their way into an archive. */
    private record Copying(FileSource.Contents from, FileUpload to) implements AutoCloseable {
        @Override
        public void close() {
            try (from) {
                to.close();
            }
        }
    }

    /** Opens files and an upload, which each need memory: waits for either only while it holds neither. */
    private Copying begin(VirtualPath path, List<ObjectInfo> files) throws IOException, JobStoppedException {
        FileSource.Contents originals = source.read(files, WAIT);
        boolean begun = false;
        try {
            Copying copying = new Copying(originals, create(path, UPLOAD.withWaiting(false)));
            begun = true;
            return copying;
        } catch (VfsException e) {
            if (e.failure() != Failure.BUSY) {
                throw e;
            }
        } finally {
            if (!begun) {
                originals.close();
            }
        }
        FileUpload created = create(path, UPLOAD);
        boolean reserved = false;
        try {
            Copying copying = new Copying(source.read(files, Duration.ZERO), created);
            reserved = true;
            return copying;
        } finally {
            if (!reserved) {
                created.close();
            }
        }
    }

    private FileUpload create(VirtualPath path, UploadOptions options) throws VfsException, JobStoppedException {
        folders.create(path.parent());
        FileUpload created = place.files().create(path, CreateMode.NEW, options);
        open = created;
        try {
            // If it ended before it could find the upload.
            run.throwIfStopped();
        } catch (JobStoppedException e) {
            created.close();
            throw e;
        }
        return created;
    }
}
