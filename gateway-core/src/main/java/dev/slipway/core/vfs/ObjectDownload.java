package dev.slipway.core.vfs;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A download: one reader that follows the client's offsets. If the client is idle for too long, the reader is closed to
 * free its memory; the next read opens another on the same version.
 */
final class ObjectDownload implements FileDownload, IdleTransfers.Transfer {
    private final AccountAccess access;
    private final ObjectFileSystems shared;
    private final ObjectLocation location;
    private final FileEntry entry;
    private final ObjectInfo version;

    /** Guarded by this object, like the following fields. */
    @GuardedBy("this")
    private @Nullable ObjectReader reader;

    @GuardedBy("this")
    private boolean closed;

    @GuardedBy("this")
    private boolean reading;

    @GuardedBy("this")
    private Instant lastRead;

    /** @param reader a reader of the version, owned by the download from here on; null to open one at the first read */
    ObjectDownload(
            AccountAccess access,
            ObjectFileSystems shared,
            ObjectLocation location,
            FileEntry entry,
            ObjectInfo version,
            @Nullable ObjectReader reader) {
        this.access = access;
        this.shared = shared;
        this.location = location;
        this.entry = entry;
        this.version = version;
        this.reader = reader;
        this.lastRead = shared.clock.instant();
        shared.idle.add(this);
    }

    @Override
    public FileEntry entry() {
        return entry;
    }

    @Override
    public Optional<String> version() {
        return version.etag().isEmpty() ? Optional.empty() : Optional.of(version.etag());
    }

    @Override
    public int read(long offset, ByteBuffer target) throws VfsException {
        if (offset >= version.size()) {
            return -1;
        }
        return FailureReports.reporting(entry.path(), () -> {
            access.requireReadableNow(location);
            ObjectReader present = begin();
            try {
                if (present == null || present.position() != offset) {
                    present = open(offset, present);
                }
                return read(present, target);
            } finally {
                finish();
            }
        });
    }

    /** Reads in small steps, no faster than the account may download. */
    private int read(ObjectReader from, ByteBuffer target) throws VfsException, StoreException {
        int step = shared.bandwidth.awaitDownload(
                access.transferring(),
                (int) Math.min(target.remaining(), version.size() - from.position()),
                this::isClosed);
        int limit = target.limit();
        try {
            return from.read(target.limit(target.position() + step));
        } finally {
            target.limit(limit);
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private synchronized @Nullable ObjectReader begin() throws VfsException {
        if (closed) {
            throw fileClosed();
        }
        reading = true;
        return reader;
    }

    private synchronized void finish() {
        reading = false;
        lastRead = shared.clock.instant();
    }

    private VfsException fileClosed() {
        return new VfsException(Failure.ABORTED, entry.path(), "The file was closed.");
    }

    private ObjectReader open(long offset, @Nullable ObjectReader previous) throws VfsException, StoreException {
        if (previous != null) {
            // Free the memory first: nothing waits for memory while holding it.
            previous.close();
            synchronized (this) {
                reader = null;
            }
        }
        ObjectReader opened = shared.store(location.mount()).read(version, offset, access.name());
        synchronized (this) {
            if (!closed) {
                reader = opened;
                return opened;
            }
        }
        opened.close();
        throw fileClosed();
    }

    @Override
    public byte[] checksum(DigestAlgorithm algorithm, long offset, long length, long block, BooleanSupplier cancelled)
            throws VfsException {
        return FailureReports.reporting(entry.path(), () -> {
            access.requireReadableNow(location);
            return shared.checksums.of(
                    access, location, version, new Checksums.Wanted(algorithm, offset, length, block, cancelled));
        });
    }

    /**
     * Stores the version that is read at another path. Also works after the close.
     *
     * @param modified the time of the copy; null for that of the source
     */
    FileEntry copyTo(VirtualPath to, CreateMode mode, @Nullable Instant modified) throws VfsException {
        access.requireReadableNow(location);
        return access.filesNow(to).copy(location, version, to, mode, modified);
    }

    @Override
    public void releaseIfIdleSince(Instant moment) {
        ObjectReader idle;
        synchronized (this) {
            if (reading || lastRead.isAfter(moment)) {
                return;
            }
            idle = reader;
            reader = null;
        }
        if (idle != null) {
            idle.close();
        }
    }

    @Override
    public void close() {
        ObjectReader present;
        synchronized (this) {
            closed = true;
            present = reader;
            reader = null;
        }
        shared.idle.remove(this);
        if (present != null) {
            present.close();
        }
    }
}
