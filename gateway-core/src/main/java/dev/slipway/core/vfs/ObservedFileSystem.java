package dev.slipway.core.vfs;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.Failure;
import dev.slipway.core.PosixAttributes;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.event.Client;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent.Copied;
import dev.slipway.core.event.GatewayEvent.Done;
import dev.slipway.core.event.GatewayEvent.Downloaded;
import dev.slipway.core.event.GatewayEvent.Failed;
import dev.slipway.core.event.GatewayEvent.Renamed;
import dev.slipway.core.event.GatewayEvent.Uploaded;
import dev.slipway.core.event.Operation;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Delegates to another file system, publishes events for its operations, and counts the bytes of transfers. */
final class ObservedFileSystem implements VirtualFileSystem {
    private final VirtualFileSystem files;
    private final Client client;
    private final Events events;
    private final Clock clock;
    private final ActiveTransfers transfers;

    ObservedFileSystem(VirtualFileSystem files, Client client, Events events, Clock clock, ActiveTransfers transfers) {
        this.files = files;
        this.client = client;
        this.events = events;
        this.clock = clock;
        this.transfers = transfers;
    }

    @FunctionalInterface
    private interface Call<T extends @Nullable Object> {
        T run() throws VfsException;
    }

    private <T extends @Nullable Object> T attempt(Operation operation, VirtualPath path, Call<T> call)
            throws VfsException {
        try {
            return call.run();
        } catch (VfsException e) {
            publishFailure(operation, path, e.failure(), e.getMessage());
            throw e;
        }
    }

    private void publishFailure(Operation operation, VirtualPath path, Failure failure, String message) {
        events.publish(new Failed(clock.instant(), client, operation, path, failure, message));
    }

    private <T extends @Nullable Object> T attemptAndPublish(Operation operation, VirtualPath path, Call<T> call)
            throws VfsException {
        T result = attempt(operation, path, call);
        events.publish(new Done(clock.instant(), client, operation, path));
        return result;
    }

    @Override
    public FileEntry stat(VirtualPath path) throws VfsException {
        return files.stat(path);
    }

    @Override
    public EntryCursor list(VirtualPath directory) throws VfsException {
        return attemptAndPublish(Operation.LIST, directory, () -> files.list(directory));
    }

    @Override
    public FileDownload open(VirtualPath file, long offset) throws VfsException {
        return new ObservedDownload(attempt(Operation.DOWNLOAD, file, () -> files.open(file, offset)));
    }

    @Override
    public FileUpload create(VirtualPath file, CreateMode mode, UploadOptions options) throws VfsException {
        return new ObservedUpload(attempt(Operation.UPLOAD, file, () -> files.create(file, mode, options)));
    }

    @Override
    public FileUpload resume(VirtualPath file, WritePosition.Known position, UploadOptions options)
            throws VfsException {
        return new ObservedUpload(attempt(Operation.UPLOAD, file, () -> files.resume(file, position, options)));
    }

    @Override
    public FileUpload change(VirtualPath file, WritePosition position, UploadOptions options) throws VfsException {
        return new ObservedUpload(attempt(Operation.UPLOAD, file, () -> files.change(file, position, options)));
    }

    @Override
    public long largestFile() {
        return files.largestFile();
    }

    @Override
    public void rename(VirtualPath from, VirtualPath to, RenameMode mode) throws VfsException {
        attempt(Operation.RENAME, from, () -> {
            files.rename(from, to, mode);
            return null;
        });
        events.publish(new Renamed(clock.instant(), client, from, to));
    }

    @Override
    public void rename(VirtualPath from, VirtualPath to, RenameMode mode, FileVersion version) throws VfsException {
        attempt(Operation.RENAME, from, () -> {
            files.rename(from, to, mode, version);
            return null;
        });
        events.publish(new Renamed(clock.instant(), client, from, to));
    }

    @Override
    public FileEntry copy(VirtualPath from, VirtualPath to, CreateMode mode) throws VfsException {
        FileEntry entry = attempt(Operation.COPY, from, () -> files.copy(from, to, mode));
        events.publish(new Copied(clock.instant(), client, from, to));
        return entry;
    }

    @Override
    public FileEntry copy(VirtualPath from, VirtualPath to, CreateMode mode, FileVersion version) throws VfsException {
        FileEntry entry = attempt(Operation.COPY, from, () -> files.copy(from, to, mode, version));
        events.publish(new Copied(clock.instant(), client, from, to));
        return entry;
    }

    @Override
    public void delete(VirtualPath file) throws VfsException {
        attemptAndPublish(Operation.DELETE, file, () -> {
            files.delete(file);
            return null;
        });
    }

    @Override
    public void delete(VirtualPath file, FileVersion version) throws VfsException {
        attemptAndPublish(Operation.DELETE, file, () -> {
            files.delete(file, version);
            return null;
        });
    }

    @Override
    public void mkdir(VirtualPath directory, PosixAttributes attributes) throws VfsException {
        attemptAndPublish(Operation.MAKE_DIRECTORY, directory, () -> {
            files.mkdir(directory, attributes);
            return null;
        });
    }

    @Override
    public void rmdir(VirtualPath directory) throws VfsException {
        attemptAndPublish(Operation.REMOVE_DIRECTORY, directory, () -> {
            files.rmdir(directory);
            return null;
        });
    }

    @Override
    public void setModified(VirtualPath path, Instant modified) throws VfsException {
        attemptAndPublish(Operation.SET_MODIFIED, path, () -> {
            files.setModified(path, modified);
            return null;
        });
    }

    @Override
    public boolean keepsPosix() {
        return files.keepsPosix();
    }

    @Override
    public void setPosix(VirtualPath path, PosixAttributes attributes) throws VfsException {
        if (files.keepsPosix()) {
            attemptAndPublish(Operation.SET_ATTRIBUTES, path, () -> {
                files.setPosix(path, attributes);
                return null;
            });
        } else {
            files.setPosix(path, attributes);
        }
    }

    @Override
    public Space space(VirtualPath path) throws VfsException {
        return files.space(path);
    }

    @Override
    public byte[] checksum(
            VirtualPath file,
            DigestAlgorithm algorithm,
            long offset,
            long length,
            long block,
            BooleanSupplier cancelled)
            throws VfsException {
        return attemptAndPublish(
                Operation.CHECKSUM, file, () -> files.checksum(file, algorithm, offset, length, block, cancelled));
    }

    private Duration since(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** Publishes the end of an upload once: a close after a commit or a failure adds nothing. */
    private final class ObservedUpload implements FileUpload {
        private final FileUpload upload;
        private final long start = System.nanoTime();
        private final AtomicBoolean ended = new AtomicBoolean();
        private final ActiveTransfers.Open transfer;

        /** The file that this upload has become a copy of. */
        private volatile @Nullable VirtualPath source;

        ObservedUpload(FileUpload upload) {
            this.upload = upload;
            transfer = transfers.begin(
                    client, Operation.UPLOAD, upload.entry().path(), clock.instant(), ActiveTransfers.UNKNOWN);
        }

        private void failed(Failure failure, String message) {
            transfer.end();
            if (ended.compareAndSet(false, true)) {
                publishEnd(failure, message);
            }
        }

        private void publishEnd(Failure failure, String message) {
            VirtualPath target = upload.entry().path();
            VirtualPath copied = source;
            if (copied == null) {
                publishFailure(Operation.UPLOAD, target, failure, message);
            } else {
                publishFailure(Operation.COPY, copied, failure, "To " + target + ": " + message);
            }
        }

        private void publishEnd(FileEntry entry) {
            VirtualPath copied = source;
            if (copied != null) {
                events.publish(new Copied(clock.instant(), client, copied, entry.path()));
                return;
            }
            upload.stored()
                    .ifPresent(stored ->
                            events.publish(new Uploaded(clock.instant(), client, entry.path(), stored, since(start))));
        }

        @Override
        public void write(long offset, ByteBuffer data) throws VfsException {
            int count = data.remaining();
            try {
                upload.write(offset, data);
                transfer.moved(count);
            } catch (VfsException e) {
                failed(e.failure(), e.getMessage());
                throw e;
            }
        }

        @Override
        public void expectSize(long size) throws VfsException {
            try {
                upload.expectSize(size);
                transfer.expect(size);
            } catch (VfsException e) {
                failed(e.failure(), e.getMessage());
                throw e;
            }
        }

        @Override
        public void copyFrom(FileDownload download) throws VfsException {
            if (download instanceof ObservedDownload observed) {
                upload.copyFrom(observed.download);
                observed.copied = true;
            } else {
                upload.copyFrom(download);
            }
            source = download.entry().path();
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
        public FileEntry entry() {
            return upload.entry();
        }

        @Override
        public void truncate(long size) throws VfsException {
            upload.truncate(size);
        }

        @Override
        public void setModified(Instant modified) {
            upload.setModified(modified);
        }

        @Override
        public void setPosix(PosixAttributes attributes) {
            upload.setPosix(attributes);
        }

        @Override
        public FileEntry commit() throws VfsException {
            // From here on this call determines the outcome; a concurrent close does not.
            boolean open = ended.compareAndSet(false, true);
            try {
                FileEntry entry = upload.commit();
                if (open) {
                    publishEnd(entry);
                }
                return entry;
            } catch (VfsException e) {
                if (open) {
                    publishEnd(e.failure(), e.getMessage());
                }
                throw e;
            } finally {
                transfer.end();
            }
        }

        @Override
        public void abort() {
            upload.abort();
            endedEarly();
        }

        @Override
        public void close() {
            upload.close();
            endedEarly();
        }

        private void endedEarly() {
            failed(Failure.ABORTED, "The upload ended before the file was complete; it was not stored.");
        }
    }

    /** Publishes the end of a download once; publishes nothing if it was opened for a copy and never read. */
    private final class ObservedDownload implements FileDownload {
        private final FileDownload download;
        private final long start = System.nanoTime();
        private final AtomicBoolean ended = new AtomicBoolean();
        private final ActiveTransfers.Open transfer;
        private volatile long bytes;
        private volatile boolean copied;

        ObservedDownload(FileDownload download) {
            this.download = download;
            FileEntry entry = download.entry();
            transfer = transfers.begin(client, Operation.DOWNLOAD, entry.path(), clock.instant(), entry.size());
        }

        @Override
        public FileEntry entry() {
            return download.entry();
        }

        @Override
        public Optional<String> version() {
            return download.version();
        }

        // Safe without a lock: reads come from one thread at a time.
        @SuppressWarnings("NonAtomicVolatileUpdate")
        @Override
        public int read(long offset, ByteBuffer target) throws VfsException {
            try {
                int count = download.read(offset, target);
                bytes += Math.max(count, 0);
                transfer.moved(Math.max(count, 0));
                return count;
            } catch (VfsException e) {
                if (ended.compareAndSet(false, true)) {
                    publishFailure(Operation.DOWNLOAD, entry().path(), e.failure(), e.getMessage());
                }
                throw e;
            }
        }

        @Override
        public byte[] checksum(
                DigestAlgorithm algorithm, long offset, long length, long block, BooleanSupplier cancelled)
                throws VfsException {
            return attemptAndPublish(
                    Operation.CHECKSUM,
                    entry().path(),
                    () -> download.checksum(algorithm, offset, length, block, cancelled));
        }

        @Override
        public void close() {
            download.close();
            transfer.end();
            if (ended.compareAndSet(false, true) && (bytes > 0 || !copied)) {
                events.publish(new Downloaded(clock.instant(), client, entry().path(), bytes, since(start)));
            }
        }
    }
}
