package dev.slipway.ingest.archive;

import dev.slipway.transfer.job.JobRun;
import org.jspecify.annotations.Nullable;

/**
 * How far a run is: its checkpoint.
 *
 * @param id of the archive that is being made; null between two of them
 * @param bucket of that archive; null in checkpoints of older versions, whose runs had one bucket each
 * @param folder of its files, below the source; empty or ending with a slash
 * @param deleting whether originals may have been deleted: what is gone was not deleted by somebody else
 * @param archives how many are finished
 * @param files how many are in them
 * @param bytes of these files
 */
record ArchiveProgress(
        @Nullable String id,
        @Nullable String bucket,
        String folder,
        boolean deleting,
        long archives,
        long files,
        long bytes) {
    static final ArchiveProgress NOTHING = new ArchiveProgress(null, null, "", false, 0, 0, 0);

    /** How far a job is. */
    static ArchiveProgress of(JobRun run) {
        return run.checkpoint().isEmpty() ? NOTHING : ArchiveJson.read(run.checkpoint(), ArchiveProgress.class);
    }

    ArchiveProgress begin(String archive, String in, String of) {
        return new ArchiveProgress(archive, in, of, false, archives, files, bytes);
    }

    ArchiveProgress delete() {
        return new ArchiveProgress(id, bucket, folder, true, archives, files, bytes);
    }

    ArchiveProgress finish(long moreFiles, long moreBytes) {
        return new ArchiveProgress(null, null, "", false, archives + 1, files + moreFiles, bytes + moreBytes);
    }

    ArchiveProgress giveUp() {
        return new ArchiveProgress(null, null, "", false, archives, files, bytes);
    }
}
