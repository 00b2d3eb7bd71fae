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
 * Keeps directories that lose their last child: before it goes, a marker is written, so that nobody ever sees the
 * directory gone. Children that leave at the same time would each take the other for one that stays; so all that are
 * about to leave are known here.
 */
final class DirectoryMarkers {
    private static final int PAGE = 1000;

    private final ObjectStore store;
    private final Set<ObjectKey> leaving = ConcurrentHashMap.newKeySet();

    DirectoryMarkers(ObjectStore store) {
        this.store = store;
    }

    /** A child that leaves its directory; to be closed when it has gone, or stays after all. */
    interface Departure extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Announces that a child leaves its directory, and sees to it that the directory stays. Blocks for the requests. The
     * caller holds the lock on the child's path, and closes what is returned after the child was removed.
     *
     * @param child a file's key, or a directory's with its trailing slash
     * @param parent the prefix of the directory that it leaves, with its trailing slash
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

    /** Whether a directory has anything that does not leave. Its own marker counts. */
    private boolean hasOthers(String bucket, String directory) throws StoreException {
        // Taken before the listing: whoever leaves later finds this child announced, or gone from the listing.
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
