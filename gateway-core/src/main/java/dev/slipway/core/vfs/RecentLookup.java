package dev.slipway.core.vfs;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.util.Optional;

/**
 * Like {@link PathLookup}, where the store's answer of a moment ago is good enough. Many small files in one directory then
 * take one request each, and not two. Answers about mounts with archived files are not shared, since others do not show
 * them.
 */
final class RecentLookup {
    /** How many names after an upload's own are listed: a store lists as many as fast as one. */
    private static final int NEIGHBOURS = 200;

    /** The most names of a directory that is listed as a whole while many uploads go to it. */
    private static final int WHOLE_DIRECTORY = 1000;

    private final ObjectStore store;
    private final KnownDirectories known;
    private final AccountAccess access;
    private final PathLookup lookup;

    RecentLookup(ObjectStore store, KnownDirectories known, AccountAccess access, PathLookup lookup) {
        this.store = store;
        this.known = known;
        this.access = access;
        this.lookup = lookup;
    }

    /** Whether the directory of a path exists. */
    boolean hasParent(VirtualPath path, KnownDirectories.Moment moment) throws VfsException, StoreException {
        ObjectLocation directory = access.location(path.parent());
        if (directory.mount().archives()) {
            return lookup.isDirectory(directory);
        }
        if (lookup.isOfMounts(directory) || known.contains(directory.marker())) {
            return true;
        }
        boolean exists = lookup.isDirectory(directory);
        if (exists) {
            known.add(directory.marker(), moment);
        }
        return exists;
    }

    /** Whether there is a directory of this path. Asks for the names beside it, too, if that is worth it. */
    boolean isDirectory(ObjectLocation location, KnownDirectories.Moment moment) throws VfsException, StoreException {
        if (access.mounts().anyBelow(location.path())) {
            return true;
        }
        if (location.mount().archives()) {
            return lookup.isDirectory(location);
        }
        var parent = new KnownDirectories.Parent(
                location.mount().bucket(),
                access.location(location.path().parent()).prefix());
        Optional<Boolean> answer = known.isDirectory(parent, location.marker());
        if (answer.isPresent()) {
            return answer.get();
        }
        KnownDirectories.Question question = known.question(parent, location.file());
        if (question != KnownDirectories.Question.NAME) {
            ObjectPage page = neighbours(question, parent, location.file());
            known.add(parent, location.file(), question, page, moment);
            if (page.next() == null) {
                return page.prefixes().contains(location.marker().key());
            }
        }
        return lookup.isDirectory(location);
    }

    private ObjectPage neighbours(KnownDirectories.Question question, KnownDirectories.Parent parent, ObjectKey file)
            throws StoreException {
        if (question == KnownDirectories.Question.BEHIND) {
            return store.listAfter(file, parent.prefix(), NEIGHBOURS);
        }
        // Nothing comes before a directory's own marker.
        return parent.prefix().isEmpty()
                ? store.list(parent.bucket(), "", true, null, WHOLE_DIRECTORY)
                : store.listAfter(new ObjectKey(parent.bucket(), parent.prefix()), parent.prefix(), WHOLE_DIRECTORY);
    }
}
