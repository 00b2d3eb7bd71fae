package dev.slipway.ingest.archive;

import dev.slipway.core.store.ObjectInfo;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Files of one folder that may become an archive. */
final class FileGroup {
    private final ArchiveSettings settings;
    private List<ObjectInfo> files = new ArrayList<>();
    private long bytes;
    private Instant oldest = Instant.MAX;

    FileGroup(ArchiveSettings settings) {
        this.settings = settings;
    }

    /**
     * Adds a file.
     *
     * @return the groups that are full now, at most two
     */
    List<List<ObjectInfo>> add(ObjectInfo file) {
        if (file.size() > settings.maxSize().bytes()) {
            return List.of(List.of(file));
        }
        List<List<ObjectInfo>> full = new ArrayList<>();
        if (bytes + file.size() > settings.maxSize().bytes()) {
            full.add(take());
        }
        files.add(file);
        bytes += file.size();
        if (file.lastModified().isBefore(oldest)) {
            oldest = file.lastModified();
        }
        if (files.size() == settings.maxFiles() || bytes == settings.maxSize().bytes()) {
            full.add(take());
        }
        return full;
    }

    boolean isEmpty() {
        return files.isEmpty();
    }

    /** When the file was stored that has waited longest. */
    Instant oldest() {
        return oldest;
    }

    /** The files; afterwards there are none. */
    List<ObjectInfo> take() {
        List<ObjectInfo> taken = files;
        files = new ArrayList<>();
        bytes = 0;
        oldest = Instant.MAX;
        return taken;
    }
}
