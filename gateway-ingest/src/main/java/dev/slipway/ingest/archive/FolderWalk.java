package dev.slipway.ingest.archive;

import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Goes through a folder and all below it, each before those in it. Others may make as many folders as they like, so few
 * names are kept, and few listings are open, however deep and wide the folders are.
 */
final class FolderWalk {
    /** A folder with at least so many folders that are still to be visited stays open: two descriptors, if it is local. */
    private static final int SOME = 1000;

    /** How many folders may be remembered in all. So no more than 8 are open. */
    private static final int MOST_REMEMBERED = 8 * SOME;

    private final FileSource source;
    private final Visitor visitor;
    private final JobRun run;
    private final RunProblems problems;

    /** Is shown each folder. */
    interface Visitor {
        /** Returns whether the folders in it are to be visited. */
        boolean enter(String folder) throws IOException, JobException, JobStoppedException;
    }

    /** @param problems gets folders that are left alone */
    FolderWalk(FileSource source, Visitor visitor, JobRun run, RunProblems problems) {
        this.source = source;
        this.visitor = visitor;
        this.run = run;
        this.problems = problems;
    }

    /** Visits a folder, and all below it. Blocks for the source and the visitor. */
    void walk(String folder) throws IOException, JobException, JobStoppedException {
        walk(folder, 0);
    }

    /**
     * The listing of a folder is closed before those in it are visited, unless there are too many of them.
     *
     * @param remembered the number of folders in those above it that are remembered
     */
    private void walk(String folder, int remembered) throws IOException, JobException, JobStoppedException {
        if (!visitor.enter(folder)) {
            return;
        }
        List<String> subfolders;
        try (FileSource.Listing listing = source.list(folder, true)) {
            subfolders = some(listing);
            while (subfolders.size() >= SOME) {
                if (!walkAll(folder, subfolders, remembered)) {
                    return;
                }
                subfolders = some(listing);
            }
        }
        boolean _ = walkAll(folder, subfolders, remembered);
    }

    /** Returns whether they could be remembered. */
    private boolean walkAll(String folder, List<String> subfolders, int remembered)
            throws IOException, JobException, JobStoppedException {
        int all = remembered + subfolders.size();
        if (all > MOST_REMEMBERED) {
            problems.add(folder
                    + ": the folders in it are left alone, since the folders that it lies in have too many others");
            return false;
        }
        for (String subfolder : subfolders) {
            walk(subfolder, all);
        }
        return true;
    }

    /** The next subfolders: at least {@link #SOME}, or all that are left. */
    private List<String> some(FileSource.Listing listing) throws IOException, JobStoppedException {
        List<String> subfolders = new ArrayList<>();
        while (subfolders.size() < SOME) {
            run.throwIfStopped();
            FileSource.Page page = listing.next();
            if (page == null) {
                break;
            }
            subfolders.addAll(page.folders());
        }
        return subfolders;
    }
}
