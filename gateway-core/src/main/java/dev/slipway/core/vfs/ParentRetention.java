package dev.slipway.core.vfs;

import dev.slipway.core.VfsException;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.DirectoryMarkers.Departure;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import org.jspecify.annotations.Nullable;

/** Keeps the directory whose last child is removed or renamed. */
final class ParentRetention {
    private final DirectoryMarkers markers;
    private final AccountAccess access;

    ParentRetention(DirectoryMarkers markers, AccountAccess access) {
        this.markers = markers;
        this.access = access;
    }

    /**
     * Announces that a child leaves its directory. Blocks for the store.
     *
     * @param key the child's, with a trailing slash for a directory
     * @param target where it goes, or null if it is deleted
     * @return to be closed when the child is gone
     */
    Departure leave(ObjectLocation child, ObjectKey key, @Nullable ObjectLocation target)
            throws StoreException, VfsException {
        String parent = keptParent(child, key, target);
        return parent.isEmpty() ? () -> {} : markers.leave(key, parent);
    }

    /** The prefix of the directory that a child leaves and that may need a marker; empty if it cannot need one. */
    String keptParent(ObjectLocation child, ObjectKey key, @Nullable ObjectLocation target) throws VfsException {
        ObjectLocation parent = access.location(child.path().parent());
        // The root of a mount needs no marker, and neither does a directory in which the child only gets another name.
        boolean stays = parent.isMountRoot()
                || (target != null
                        && target.mount().bucket().equals(key.bucket())
                        && access.location(target.path().parent()).prefix().equals(parent.prefix()));
        return stays ? "" : parent.prefix();
    }
}
