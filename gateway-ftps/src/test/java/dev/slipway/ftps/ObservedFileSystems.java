package dev.slipway.ftps;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.Failure;
import dev.slipway.core.PosixAttributes;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.EntryCursor;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.FileSystems;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.core.vfs.FileVersion;
import dev.slipway.core.vfs.RenameMode;
import dev.slipway.core.vfs.Space;
import dev.slipway.core.vfs.UploadOptions;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.core.vfs.WritePosition;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** Real file systems that count open files, and can delay commits or fail a listing after its first page. */
final class ObservedFileSystems implements FileSystems {
    private final FileSystems real;
    private final AtomicInteger created = new AtomicInteger();
    private final AtomicInteger openUploads = new AtomicInteger();
    private final AtomicInteger openDownloads = new AtomicInteger();
    private final AtomicInteger commits = new AtomicInteger();
    private final AtomicLong received = new AtomicLong();
    private volatile CountDownLatch commitGate = new CountDownLatch(0);
    private volatile int failFromPage = Integer.MAX_VALUE;

    ObservedFileSystems(FileSystems real) {
        this.real = real;
    }

    /** The number of uploads ever started. */
    int created() {
        return created.get();
    }

    int openUploads() {
        return openUploads.get();
    }

    int openDownloads() {
        return openDownloads.get();
    }

    /** The number of commits ever requested. */
    int commits() {
        return commits.get();
    }

    /** The number of bytes ever written. */
    long received() {
        return received.get();
    }

    /** Later commits wait for the latch. */
    void holdCommits(CountDownLatch gate) {
        commitGate = gate;
    }

    /** Listings return this many pages of a single entry each, then fail as if the store were unavailable. */
    void failAfterPages(int pages) {
        failFromPage = pages;
    }

    @Override
    public VirtualFileSystem open(AccountSession session) {
        return new Files(real.open(session));
    }

    private final class Files implements VirtualFileSystem {
        private final VirtualFileSystem files;

        Files(VirtualFileSystem files) {
            this.files = files;
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
            return files.checksum(file, algorithm, offset, length, block, cancelled);
        }

        @Override
        public FileEntry stat(VirtualPath path) throws VfsException {
            return files.stat(path);
        }

        @Override
        public EntryCursor list(VirtualPath directory) throws VfsException {
            EntryCursor cursor = files.list(directory);
            int limit = failFromPage;
            if (limit == Integer.MAX_VALUE) {
                return cursor;
            }
            return new EntryCursor() {
                private int pages;

                @Override
                public List<FileEntry> next(int ignored) throws VfsException {
                    if (pages++ == limit) {
                        throw new VfsException(Failure.UNAVAILABLE, directory, "The store is gone.");
                    }
                    return cursor.next(1);
                }

                @Override
                public void close() {
                    cursor.close();
                }
            };
        }

        @Override
        public FileDownload open(VirtualPath file, long offset) throws VfsException {
            FileDownload download = files.open(file, offset);
            openDownloads.incrementAndGet();
            return new Download(download);
        }

        @Override
        public FileUpload create(VirtualPath file, CreateMode mode, UploadOptions options) throws VfsException {
            FileUpload upload = files.create(file, mode, options);
            created.incrementAndGet();
            openUploads.incrementAndGet();
            return new Upload(upload);
        }

        @Override
        public FileUpload resume(VirtualPath file, WritePosition.Known position, UploadOptions options)
                throws VfsException {
            FileUpload upload = files.resume(file, position, options);
            created.incrementAndGet();
            openUploads.incrementAndGet();
            return new Upload(upload);
        }

        @Override
        public FileUpload change(VirtualPath file, WritePosition position, UploadOptions options) throws VfsException {
            FileUpload upload = files.change(file, position, options);
            created.incrementAndGet();
            openUploads.incrementAndGet();
            return new Upload(upload);
        }

        @Override
        public long largestFile() {
            return files.largestFile();
        }

        @Override
        public Space space(VirtualPath path) throws VfsException {
            return files.space(path);
        }

        @Override
        public void rename(VirtualPath from, VirtualPath to, RenameMode mode) throws VfsException {
            files.rename(from, to, mode);
        }

        @Override
        public void rename(VirtualPath from, VirtualPath to, RenameMode mode, FileVersion version) throws VfsException {
            files.rename(from, to, mode, version);
        }

        @Override
        public FileEntry copy(VirtualPath from, VirtualPath to, CreateMode mode) throws VfsException {
            return files.copy(from, to, mode);
        }

        @Override
        public FileEntry copy(VirtualPath from, VirtualPath to, CreateMode mode, FileVersion version)
                throws VfsException {
            return files.copy(from, to, mode, version);
        }

        @Override
        public void delete(VirtualPath file) throws VfsException {
            files.delete(file);
        }

        @Override
        public void delete(VirtualPath file, FileVersion version) throws VfsException {
            files.delete(file, version);
        }

        @Override
        public void mkdir(VirtualPath directory, PosixAttributes attributes) throws VfsException {
            files.mkdir(directory, attributes);
        }

        @Override
        public void rmdir(VirtualPath directory) throws VfsException {
            files.rmdir(directory);
        }

        @Override
        public void setModified(VirtualPath path, Instant modified) throws VfsException {
            files.setModified(path, modified);
        }

        @Override
        public boolean keepsPosix() {
            return files.keepsPosix();
        }

        @Override
        public void setPosix(VirtualPath path, PosixAttributes attributes) throws VfsException {
            files.setPosix(path, attributes);
        }
    }

    private final class Upload implements FileUpload {
        private final FileUpload upload;
        private boolean closed;

        Upload(FileUpload upload) {
            this.upload = upload;
        }

        @Override
        public void write(long offset, ByteBuffer data) throws VfsException {
            int bytes = data.remaining();
            upload.write(offset, data);
            received.addAndGet(bytes);
        }

        @Override
        public FileEntry entry() {
            return upload.entry();
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
            commits.incrementAndGet();
            try {
                commitGate.await();
            } catch (InterruptedException e) {
                throw new VfsException(Failure.ABORTED, entry().path(), "The commit was interrupted.", e);
            }
            return upload.commit();
        }

        @Override
        public void abort() {
            upload.abort();
            closed();
        }

        @Override
        public void close() {
            upload.close();
            closed();
        }

        private synchronized void closed() {
            if (!closed) {
                closed = true;
                openUploads.decrementAndGet();
            }
        }
    }

    private final class Download implements FileDownload {
        private final FileDownload download;
        private boolean closed;

        Download(FileDownload download) {
            this.download = download;
        }

        @Override
        public FileEntry entry() {
            return download.entry();
        }

        @Override
        public int read(long offset, ByteBuffer target) throws VfsException {
            return download.read(offset, target);
        }

        @Override
        public byte[] checksum(
                DigestAlgorithm algorithm, long offset, long length, long block, BooleanSupplier cancelled)
                throws VfsException {
            return download.checksum(algorithm, offset, length, block, cancelled);
        }

        @Override
        public synchronized void close() {
            download.close();
            if (!closed) {
                closed = true;
                openDownloads.decrementAndGet();
            }
        }
    }
}
