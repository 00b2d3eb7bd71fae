package dev.slipway.core.vfs;

import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renames a file: copies it on the store's side, then deletes the source if it has not changed since. The caller holds
 * the locks, which exclude other changes through this gateway.
 */
final class FileRename {
    private static final Logger log = LoggerFactory.getLogger(FileRename.class);

    private final ObjectFileSystems shared;
    private final ObjectStore store;

    /** @param store shows what the mounts of the source and the target show */
    FileRename(ObjectFileSystems shared, ObjectStore store) {
        this.shared = shared;
        this.store = store;
    }

    /**
     * Blocks. Runs on a thread that nobody interrupts: an interrupt between the two requests would leave both files.
     */
    void run(ObjectInfo source, ObjectKey target, WriteCondition condition) throws StoreException {
        Instant modified = shared.attributes.modified(source).orElse(source.lastModified());
        ObjectInfo copy = store.copy(source, target, condition);
        shared.afterwards(target, () -> {
            shared.attributes.put(copy, modified);
            shared.attributes.copyOthers(Map.of(source, copy));
        });
        Optional<ObjectInfo> present = store.head(source.key());
        if (present.equals(Optional.of(source))
                && store.deleteUnchanged(List.of(source)).isEmpty()) {
            shared.afterwards(source.key(), () -> shared.attributes.remove(List.of(source.key())));
        } else if (present.isPresent()) {
            log.info("{} was replaced while it was renamed; the new version stays", source.key());
        }
    }
}
