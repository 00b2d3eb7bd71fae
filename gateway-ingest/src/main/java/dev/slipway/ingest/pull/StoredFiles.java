package dev.slipway.ingest.pull;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.EntryCursor;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.transfer.job.JobStoppedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds which delivered files are in the store as they were delivered, at the beginning of a full run: by listing the folders
 * that they were delivered into, which is one request for a thousand files. Of what it does not find, the run asks for
 * each file. So a folder with many other files costs at most twice as much as without this. Memory use is that of a page.
 */
final class StoredFiles {
    private static final Logger log = LoggerFactory.getLogger(StoredFiles.class);

    /** As many as a store lists at once. */
    private static final int PAGE = 1000;

    private final PullTask task;

    StoredFiles(PullTask task) {
        this.task = task;
    }

    /**
     * Notes the files that are there. Blocks for the store.
     *
     * @throws VfsException the store cannot be reached
     */
    void confirm() throws VfsException, JobStoppedException {
        String after = "";
        List<PulledFiles.Folder> page = task.known().folders(after, PAGE);
        while (!page.isEmpty()) {
            for (PulledFiles.Folder folder : page) {
                task.run().throwIfStopped();
                if (folder.files() > 1) {
                    confirm(folder);
                }
            }
            after = page.getLast().path();
            page = task.known().folders(after, PAGE);
        }
    }

    private void confirm(PulledFiles.Folder folder) throws VfsException, JobStoppedException {
        try (EntryCursor entries = task.target().files().list(VirtualPath.parse(folder.path()))) {
            long found = 0;
            List<FileEntry> page = entries.next(PAGE);
            for (long pages = 1; !page.isEmpty(); pages++) {
                task.run().throwIfStopped();
                found += confirm(folder, page);
                if (found == folder.files() || pages == folder.files()) {
                    return;
                }
                page = entries.next(PAGE);
            }
        } catch (VfsException e) {
            if (e.failure() == Failure.UNAVAILABLE) {
                throw e;
            }
            log.debug("{} is not listed; each of its files is asked for", folder.path(), e);
        }
    }

    private int confirm(PulledFiles.Folder folder, List<FileEntry> page) {
        Map<String, FileEntry> byPath = new HashMap<>();
        page.stream()
                .filter(entry -> !entry.directory())
                .forEach(entry -> byPath.put(entry.path().toString(), entry));
        List<String> there = new ArrayList<>();
        for (PulledFiles.Delivered file : task.known().deliveredTo(folder.path(), byPath.keySet())) {
            FileEntry entry = byPath.get(file.target());
            if (entry != null && FilePull.isStored(file.file(), entry)) {
                there.add(file.target());
            }
        }
        task.known().confirmed(task.run().job().id(), folder.path(), there);
        return there.size();
    }
}
