package dev.slipway.core.vfs;

import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renames a file by copying it on the store's side and then deleting it, if it is still what was copied. The caller holds
 * the locks, which keep other changes through this gateway away.
 */
final class FileRename {
    private static final Logger log = LoggerFactory.getLogger(FileRename.class);

    private final ObjectFileSystems shared;

    FileRename(ObjectFileSystems shared) {
        this.shared = shared;
    }

    /** Blocks, on a thread that nobody interrupts: an interrupt between two requests would leave the file at both places. */
    void run(ObjectInfo source, ObjectKey target, WriteCondition condition) throws StoreException {
        Instant modified = shared.attributes.modified(source).orElse(source.lastModified());
        ObjectInfo copy = shared.store.copy(source, target, condition);
        shared.afterwards(target, () -> {
            shared.attributes.put(copy, modified);
            shared.attributes.copyDigests(Map.of(source, copy));
        });
        Optional<ObjectInfo> present = shared.store.head(source.key());
        if (present.equals(Optional.of(source))
                && shared.store.deleteUnchanged(List.of(source)).isEmpty()) {
            shared.afterwards(source.key(), () -> shared.attributes.remove(List.of(source.key())));
        } else if (present.isPresent()) {
            log.info("{} was replaced while it was renamed; the new version stays", source.key());
        }
    }
}
