package dev.slipway.core.vfs;

import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps directories that lose their last child: writes a marker before the child is removed, so that the directory
 * never disappears. Children that are removed at the same time must not count each other as remaining, so all departing
 * children are registered here.
 */
final class DirectoryMarkers {
    private static final int PAGE = 1000;

    private final ObjectStore store;
    private final Set<ObjectKey> leaving = ConcurrentHashMap.newKeySet();

    DirectoryMarkers(ObjectStore store) {
        this.store = store;
    }

    /**
     * A child that is about to be removed from its directory; to be closed once it is removed, or if it stays after
     * all.
     */
    interface Departure extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Registers a child that is about to be removed from its directory, and writes the directory's marker if no other
     * child remains. Blocks for the requests. The caller holds the lock on the child's path, and closes the result
     * after removing the child.
     *
     * @param child a file's key, or a directory's with its trailing slash
     * @param parent the prefix of the child's directory, with its trailing slash
     */
    Departure leave(ObjectKey child, String parent) throws StoreException {
        leaving.add(child);
        boolean kept = false;
        try {
            if (!hasOthers(child.bucket(), parent)) {
                store.putMarker(new ObjectKey(child.bucket(), parent));
            }
            kept = true;
            return () -> leaving.remove(child);
        } finally {
            if (!kept) {
                leaving.remove(child);
            }
        }
    }

    /** Whether a directory has any child that is not departing. Its own marker counts. */
    private boolean hasOthers(String bucket, String directory) throws StoreException {
        // Copied before the listing: a child that departs later either finds this child registered, or finds it
        // removed.
        Set<String> going = leaving.stream()
                .filter(key -> key.bucket().equals(bucket))
                .map(ObjectKey::key)
                .filter(key -> key.startsWith(directory))
                .collect(Collectors.toSet());
        @Nullable String cursor = null;
        do {
            ObjectPage page = store.list(bucket, directory, true, cursor, Math.min(PAGE, going.size() + 1));
            if (page.objects().stream()
                            .anyMatch(object -> !going.contains(object.key().key()))
                    || page.prefixes().stream().anyMatch(prefix -> !going.contains(prefix))) {
                return true;
            }
            cursor = page.next();
        } while (cursor != null);
        return false;
    }
}
