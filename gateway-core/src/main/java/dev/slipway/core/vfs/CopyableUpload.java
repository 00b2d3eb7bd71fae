package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.PosixAttributes;
import dev.slipway.core.VfsException;
import dev.slipway.core.event.StoredObject;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An upload that can become a copy of another file. The store then makes the copy, at the commit and no earlier, and
 * the bytes do not pass through the gateway.
 */
final class CopyableUpload implements FileUpload {
    private final FileUpload upload;
    private final CreateMode mode;
    private volatile @Nullable ObjectDownload source;
    private volatile @Nullable Instant modified;
    private volatile boolean written;
    private volatile boolean refused;
    private volatile boolean closed;

    /** @param upload owned by this object from here on; holds memory until it becomes a copy */
    CopyableUpload(FileUpload upload, CreateMode mode) {
        this.upload = upload;
        this.mode = mode;
    }

    @Override
    public void copyFrom(FileDownload download) throws VfsException {
        if (!(download instanceof ObjectDownload object) || source != null || written) {
            throw new VfsException(Failure.UNSUPPORTED, upload.entry().path(), "Only an empty file can become a copy.");
        }
        source = object;
        upload.abort();
    }

    @Override
    public void write(long offset, ByteBuffer data) throws VfsException {
        if (source != null && data.hasRemaining()) {
            refused = true;
            throw new VfsException(
                    Failure.UNSUPPORTED,
                    upload.entry().path(),
                    "This file becomes a copy; close it before writing to it.");
        }
        if (data.hasRemaining()) {
            written = true;
        }
        upload.write(offset, data);
    }

    @Override
    public void expectSize(long size) throws VfsException {
        upload.expectSize(size);
    }

    @Override
    public void truncate(long size) throws VfsException {
        if (source != null) {
            FileUpload.super.truncate(size);
            return;
        }
        written |= size != upload.entry().size();
        upload.truncate(size);
    }

    @Override
    public FileEntry entry() {
        ObjectDownload copied = source;
        FileEntry entry = upload.entry();
        if (copied == null) {
            return entry;
        }
        Instant set = modified;
        return new FileEntry(
                entry.path(),
                false,
                copied.entry().size(),
                set == null ? copied.entry().modified() : set,
                entry.writable());
    }

    @Override
    public boolean isSuperseded() {
        return upload.isSuperseded();
    }

    @Override
    public boolean hasFailed() {
        return upload.hasFailed();
    }

    @Override
    public void setModified(Instant time) {
        modified = time;
        upload.setModified(time);
    }

    /** A copy has the mode, owner and group of its source. */
    @Override
    public void setPosix(PosixAttributes attributes) {
        upload.setPosix(attributes);
    }

    @Override
    public FileEntry commit() throws VfsException {
        ObjectDownload copied = source;
        if (copied == null) {
            return upload.commit();
        }
        if (closed) {
            throw new VfsException(Failure.ABORTED, upload.entry().path(), "The upload has ended.");
        }
        if (refused) {
            throw new VfsException(
                    Failure.UNSUPPORTED,
                    upload.entry().path(),
                    "The file was not stored because a write to it failed.");
        }
        return copied.copyTo(upload.entry().path(), mode, modified);
    }

    @Override
    public Optional<StoredObject> stored() {
        return upload.stored();
    }

    @Override
    public void abort() {
        closed = true;
        upload.abort();
    }

    @Override
    public void close() {
        closed = true;
        upload.close();
    }
}
