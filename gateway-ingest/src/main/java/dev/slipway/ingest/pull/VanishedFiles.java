package dev.slipway.ingest.pull;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.RenameMode;
import dev.slipway.ingest.target.OpenTarget;
import dev.slipway.ingest.target.TargetFolders;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import java.util.List;
import java.util.Optional;

/**
 * Removes stored files whose sources have vanished, at the end of a full run. Each one is looked for once more at the
 * source, and only what the pull has stored is removed.
 */
final class VanishedFiles {
    private static final int PAGE = 500;

    private final JobRun run;
    private final PullRequest request;
    private final PullSettings settings;
    private final OpenTarget target;
    private final RemoteConnection connection;
    private final PulledFiles known;
    private final FilePull files;
    private final PullTally tally;
    private final TargetFolders folders;

    VanishedFiles(PullTask task) {
        this.run = task.run();
        this.request = task.request();
        this.settings = task.settings();
        this.target = task.target();
        this.connection = task.connection();
        this.known = task.known();
        this.files = task.files();
        this.tally = task.tally();
        this.folders = new TargetFolders(target.files());
    }

    /**
     * Removes them, unless the source was empty or a part of it could not be listed. Blocks.
     *
     * @param complete whether all of the source was listed
     */
    void remove(boolean complete) throws JobException, JobStoppedException, RemoteException {
        if (!complete || tally.report().found() == 0) {
            tally.note(
                    complete
                            ? "the source is empty: vanished files are kept"
                            : "a part of the source could not be listed: vanished files are kept");
            return;
        }
        files.progress("vanished files");
        String after = "";
        List<PulledFiles.Delivered> page = known.notSeen(run.job().id(), after, PAGE);
        while (!page.isEmpty()) {
            for (PulledFiles.Delivered vanished : page) {
                run.throwIfStopped();
                one(vanished);
            }
            after = page.getLast().file().path();
            page = known.notSeen(run.job().id(), after, PAGE);
        }
    }

    private void one(PulledFiles.Delivered vanished) throws JobException, RemoteException {
        String path = vanished.file().path();
        if (connection.entry(SourceTree.remotePath(settings, path), false).isPresent()) {
            // It is excluded by now, for instance.
            return;
        }
        if (request.dryRun()) {
            tally.wouldVanish(path);
            return;
        }
        try {
            VirtualPath stored = VirtualPath.parse(vanished.target());
            Optional<FileEntry> entry = files.stat(stored);
            if (entry.filter(there -> FilePull.isStored(vanished.file(), there)).isPresent()) {
                remove(stored);
                tally.vanished();
            } else if (entry.isPresent()) {
                tally.note(path + ": it has vanished at the source, but was changed since it was stored, and is kept");
            }
            known.forget(path);
        } catch (VfsException e) {
            if (e.failure() == Failure.UNAVAILABLE) {
                throw JobException.temporary(e.getMessage(), e);
            }
            tally.failed(path, e.getMessage());
        }
    }

    private void remove(VirtualPath stored) throws VfsException {
        if (settings.vanished() == PullSettings.Vanished.DELETE) {
            target.files().delete(stored);
            return;
        }
        VirtualPath aside = target.folder().resolve(String.valueOf(settings.vanishedFolder()));
        for (String segment : stored.segments()
                .subList(target.folder().segments().size(), stored.segments().size())) {
            aside = aside.child(segment);
        }
        folders.create(aside.parent());
        target.files().rename(stored, aside, RenameMode.REPLACE_TARGET);
    }
}
