package dev.slipway.ingest.archive;

import org.jspecify.annotations.Nullable;

/**
 * How far a run is: its checkpoint.
 *
 * @param id of the archive that is being made; null between two of them
 * @param folder of its files, below the source; empty or ending with a slash
 * @param deleting whether originals may have been deleted: what is gone was not deleted by somebody else
 * @param archives how many are finished
 * @param files how many are in them
 * @param bytes of these files
 */
record ArchiveProgress(@Nullable String id, String folder, boolean deleting, long archives, long files, long bytes) {
    static final ArchiveProgress NOTHING = new ArchiveProgress(null, "", false, 0, 0, 0);

    ArchiveProgress begin(String archive, String of) {
        return new ArchiveProgress(archive, of, false, archives, files, bytes);
    }

    ArchiveProgress delete() {
        return new ArchiveProgress(id, folder, true, archives, files, bytes);
    }

    ArchiveProgress finish(long moreFiles, long moreBytes) {
        return new ArchiveProgress(null, "", false, archives + 1, files + moreFiles, bytes + moreBytes);
    }

    ArchiveProgress giveUp() {
        return new ArchiveProgress(null, "", false, archives, files, bytes);
    }
}
