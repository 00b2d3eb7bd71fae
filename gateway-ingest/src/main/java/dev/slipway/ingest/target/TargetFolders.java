package dev.slipway.ingest.target;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.VirtualFileSystem;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Creates the directories that files are stored in. Remembers the last ones. Thread-safe. */
public final class TargetFolders {
    private static final int MOST_REMEMBERED = 1000;

    private final VirtualFileSystem files;

    @GuardedBy("present")
    private final Set<VirtualPath> present = Collections.newSetFromMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<VirtualPath, Boolean> eldest) {
            return size() > MOST_REMEMBERED;
        }
    });

    public TargetFolders(VirtualFileSystem files) {
        this.files = files;
    }

    /** Creates a directory and those above it, unless they are there. Blocks for the store. */
    public void create(VirtualPath folder) throws VfsException {
        if (folder.isRoot() || isKnown(folder)) {
            return;
        }
        if (!isThere(folder)) {
            create(folder.parent());
            try {
                files.mkdir(folder);
            } catch (VfsException e) {
                // Another thread was quicker.
                if (e.failure() != Failure.ALREADY_EXISTS) {
                    throw e;
                }
            }
        }
        synchronized (present) {
            present.add(folder);
        }
    }

    private boolean isKnown(VirtualPath folder) {
        synchronized (present) {
            return present.contains(folder);
        }
    }

    private boolean isThere(VirtualPath folder) throws VfsException {
        try {
            return files.stat(folder).directory();
        } catch (VfsException e) {
            if (e.failure() == Failure.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }
}
