package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.Mounts.Place;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A download: one reader that follows the client's offsets. */
final class ObjectDownload implements FileDownload {
    private final ObjectFileSystem fileSystem;
    private final ObjectStore store;
    private final Place place;
    private final FileEntry entry;
    private final ObjectInfo version;
    private volatile @Nullable ObjectReader reader;
    private volatile boolean closed;

    ObjectDownload(ObjectFileSystem fileSystem, ObjectStore store, Place place, FileEntry entry, ObjectInfo version) {
        this.fileSystem = fileSystem;
        this.store = store;
        this.place = place;
        this.entry = entry;
        this.version = version;
    }

    @Override
    public FileEntry entry() {
        return entry;
    }

    @Override
    public int read(long offset, ByteBuffer target) throws VfsException {
        if (offset >= version.size()) {
            return -1;
        }
        return ObjectFileSystem.reporting(entry.path(), () -> {
            fileSystem.requireReadableNow(place);
            ObjectReader present = reader;
            if (present == null || present.position() != offset) {
                present = open(offset, present);
            }
            return present.read(target);
        });
    }

    private ObjectReader open(long offset, @Nullable ObjectReader previous) throws VfsException, StoreException {
        if (previous != null) {
            // Its memory first: nothing waits for memory while holding it.
            previous.close();
            reader = null;
        }
        ObjectReader opened = store.read(version, offset);
        reader = opened;
        if (closed) {
            opened.close();
            throw new VfsException(Failure.ABORTED, entry.path(), "The file was closed.");
        }
        return opened;
    }

    @Override
    public void close() {
        closed = true;
        ObjectReader present = reader;
        if (present != null) {
            present.close();
        }
    }
}
