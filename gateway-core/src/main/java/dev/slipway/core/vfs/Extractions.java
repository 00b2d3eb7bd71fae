package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.archive.ArchivedObject;
import dev.slipway.core.archive.ArchivedObjects;
import dev.slipway.core.archive.ArchivedStore;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes archived files objects at their own keys, with their times and digests. */
final class Extractions {
    private static final Duration WAIT = Duration.ofSeconds(60);

    private final ObjectFileSystems shared;
    private final ArchivedStore store;
    private final ArchivedObjects archived;

    /** @param store shows archived files */
    Extractions(ObjectFileSystems shared, ArchivedStore store, ArchivedObjects archived) {
        this.shared = shared;
        this.store = store;
        this.archived = archived;
    }

    /** Extracts a file. The caller holds the lock of its key. */
    ObjectInfo extract(ObjectInfo version) throws StoreException {
        Instant modified = shared.attributes.modified(version).orElse(version.lastModified());
        ObjectInfo extracted = store.copy(version, version.key(), WriteCondition.IF_ABSENT);
        shared.afterwards(version.key(), () -> {
            shared.attributes.put(extracted, modified);
            shared.attributes.copyOthers(Map.of(version, extracted));
        });
        return extracted;
    }

    /** See {@link ObjectFileSystems#extract}. */
    Optional<ObjectInfo> extract(ObjectKey key) throws VfsException, StoreException {
        VirtualPath path = VirtualPath.parse("/" + key.key());
        shared.renames.requireNone(path, List.of(key), "", WAIT);
        try (PathLocks.Held held = shared.locks.lock(List.of(key), WAIT)) {
            if (held == null) {
                throw new VfsException(Failure.BUSY, path, "Another change of " + path + " is in progress.");
            }
            Optional<ArchivedObject> member = archived.find(key);
            if (member.isEmpty()) {
                return Optional.empty();
            }
            Optional<ObjectInfo> object = shared.store.head(key);
            if (object.isEmpty()) {
                return Optional.of(extract(member.get().info()));
            }
            if (!object.get().version().equals(member.get().member().version())) {
                // It is not the original, which may have been kept. Perhaps an attempt that broke off has extracted it.
                archived.hideUnchanged(List.of(member.get().info()));
            }
            return Optional.empty();
        }
    }
}
