package dev.slipway.ingest.rule;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Mount;
import dev.slipway.core.event.Origin;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.core.vfs.FileVersion;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.OwnWork;
import dev.slipway.core.vfs.RenameMode;
import dev.slipway.core.vfs.UploadOptions;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.transfer.job.JobException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the steps of one job do to files. Each bucket is a folder. All of it may be repeated after a crash. */
final class RuleFiles {
    private static final int BUFFER = 1 << 16;

    private final VirtualFileSystem files;
    private final Consumer<VirtualPath> stored;
    private final Set<VirtualPath> folders = new HashSet<>();

    private RuleFiles(VirtualFileSystem files, Consumer<VirtualPath> stored) {
        this.files = files;
        this.stored = stored;
    }

    /**
     * The files of a rule, in some buckets.
     *
     * @param stored is told of each file that is about to be stored
     */
    static RuleFiles open(
            ObjectFileSystems fileSystems,
            String rule,
            String job,
            Collection<String> buckets,
            Consumer<VirtualPath> stored) {
        OwnWork work = new OwnWork(Origin.RULE, rule);
        return new RuleFiles(
                fileSystems.open(
                        work.account(buckets.stream()
                                .distinct()
                                .map(bucket -> new Mount(VirtualPath.ROOT.child(bucket), bucket, "", false))
                                .toList()),
                        work.client(job)),
                stored);
    }

    static VirtualPath path(String bucket, String key) throws VfsException {
        return VirtualPath.ROOT.child(bucket).resolve(key);
    }

    Optional<FileEntry> find(VirtualPath path) throws VfsException {
        try {
            return Optional.of(files.stat(path));
        } catch (VfsException e) {
            if (e.failure() == Failure.NOT_FOUND || e.failure() == Failure.NOT_A_DIRECTORY) {
                return Optional.empty();
            }
            throw e;
        }
    }

    FileDownload open(VirtualPath file) throws VfsException {
        return files.open(file);
    }

    /**
     * Opens a file for reading.
     *
     * @param etag the ETag of the version that is meant; empty for any. The failure is {@link Failure#CONFLICT} if there
     *     is another
     */
    FileDownload open(VirtualPath file, Optional<String> etag) throws VfsException {
        FileDownload download = files.open(file);
        try {
            require(download.entry(), etag);
            return download;
        } catch (VfsException | RuntimeException e) {
            download.close();
            throw e;
        }
    }

    /** The version of a file, which must have this ETag, if one is given. */
    private static FileVersion require(FileEntry file, Optional<String> etag) throws VfsException {
        FileVersion version = file.version();
        if (version == null) {
            throw new VfsException(
                    file.directory() ? Failure.IS_A_DIRECTORY : Failure.BUSY,
                    file.path(),
                    file.path() + " is no complete file.");
        }
        if (etag.filter(expected -> !expected.equals(version.etag())).isPresent()) {
            throw new VfsException(Failure.CONFLICT, file.path(), file.path() + " was replaced meanwhile.");
        }
        return version;
    }

    /**
     * Moves a file.
     *
     * @param etag as for {@link #open(VirtualPath, Optional)}
     */
    void move(VirtualPath from, VirtualPath to, boolean overwrite, Optional<String> etag) throws VfsException {
        if (from.equals(to)) {
            return;
        }
        Optional<FileEntry> there = find(from);
        if (there.isEmpty()) {
            if (find(to).isPresent()) {
                return;
            }
            throw new VfsException(Failure.NOT_FOUND, from, from + " is no longer there.");
        }
        FileVersion version = require(there.get(), etag);
        stored.accept(to);
        makeFolders(to.parent());
        if (!overwrite && isCopy(from, to)) {
            files.delete(from, version);
        } else {
            files.rename(from, to, overwrite ? RenameMode.REPLACE_TARGET : RenameMode.KEEP_TARGET, version);
        }
    }

    /**
     * Copies a file.
     *
     * @param etag as for {@link #open(VirtualPath, Optional)}
     */
    void copy(VirtualPath from, VirtualPath to, boolean overwrite, Optional<String> etag) throws VfsException {
        FileVersion version = require(files.stat(from), etag);
        stored.accept(to);
        makeFolders(to.parent());
        if (overwrite || !isCopy(from, to)) {
            files.copy(from, to, overwrite ? CreateMode.REPLACE : CreateMode.NEW, version);
        }
    }

    /** Whether there is such a file with the same contents, as an earlier attempt would have left it. */
    private boolean isCopy(VirtualPath from, VirtualPath to) throws VfsException {
        Optional<FileEntry> there = find(to);
        if (there.isEmpty()) {
            return false;
        }
        try (FileDownload file = files.open(from)) {
            return !there.get().directory()
                    && there.get().size() == file.entry().size()
                    && isSame(to, new DownloadStream(file));
        } catch (VfsException e) {
            throw e;
        } catch (IOException e) {
            throw new VfsException(Failure.INTERNAL, from, String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Deletes a file, if it is there.
     *
     * @param etag as for {@link #open(VirtualPath, Optional)}
     */
    void delete(VirtualPath file, Optional<String> etag) throws VfsException {
        Optional<FileEntry> there = find(file);
        if (there.isPresent()) {
            files.delete(file, require(there.get(), etag));
        }
    }

    /** Creates a folder and those above it, unless they exist. */
    void makeFolders(VirtualPath folder) throws VfsException {
        // The first name is that of the bucket.
        if (folder.segments().size() <= 1 || !folders.add(folder)) {
            return;
        }
        Optional<FileEntry> there = find(folder);
        if (there.isPresent()) {
            if (!there.get().directory()) {
                throw new VfsException(Failure.NOT_A_DIRECTORY, folder, "There is a file at " + folder + ".");
            }
            return;
        }
        makeFolders(folder.parent());
        try {
            files.mkdir(folder);
        } catch (VfsException e) {
            if (e.failure() != Failure.ALREADY_EXISTS) {
                throw e;
            }
        }
    }

    /**
     * Stores a file if all of its bytes can be read. If it is there already with the same contents, it stays.
     *
     * @param modified its time; null for now
     */
    void store(VirtualPath file, InputStream bytes, @Nullable Instant modified, boolean overwrite) throws IOException {
        stored.accept(file);
        makeFolders(file.parent());
        if (!overwrite && find(file).isPresent()) {
            if (!isSame(file, bytes)) {
                throw clash(file);
            }
            return;
        }
        UploadOptions options = UploadOptions.DEFAULT.withResumption(false);
        try (FileUpload upload = files.create(file, overwrite ? CreateMode.REPLACE : CreateMode.NEW, options)) {
            if (modified != null) {
                upload.setModified(modified);
            }
            byte[] buffer = new byte[BUFFER];
            long offset = 0;
            for (int read = bytes.read(buffer); read >= 0; read = bytes.read(buffer)) {
                upload.write(offset, ByteBuffer.wrap(buffer, 0, read));
                offset += read;
            }
            upload.commit();
        }
    }

    /** Makes the content of a file, from the first byte to the last. */
    interface Writer {
        void write(OutputStream to) throws IOException;
    }

    /** Is told what is about to be stored. */
    interface Announcement {
        void storing(String sha256) throws JobException;
    }

    /**
     * Stores a file whose content is different each time it is made.
     *
     * @param writer called once; if it fails, nothing is stored
     * @param announcement called before the file may appear
     * @param earlier the SHA-256 that an earlier attempt saved; a file that has it stays. Null if there is none
     */
    void make(VirtualPath file, boolean overwrite, Writer writer, Announcement announcement, @Nullable String earlier)
            throws IOException, JobException {
        if (earlier != null && isThere(file, earlier)) {
            return;
        }
        stored.accept(file);
        makeFolders(file.parent());
        if (!overwrite && find(file).isPresent()) {
            throw clash(file);
        }
        UploadOptions options = UploadOptions.DEFAULT.withResumption(false);
        try (FileUpload upload = files.create(file, overwrite ? CreateMode.REPLACE : CreateMode.NEW, options)) {
            MessageDigest digest = sha256();
            OutputStream out =
                    new BufferedOutputStream(new DigestOutputStream(new UploadStream(upload), digest), BUFFER);
            writer.write(out);
            out.flush();
            announcement.storing(HexFormat.of().formatHex(digest.digest()));
            upload.commit();
        }
    }

    /** Whether there is a file with this content. */
    private boolean isThere(VirtualPath file, String sha256) throws IOException {
        Optional<FileEntry> there = find(file);
        if (there.isEmpty() || there.get().directory()) {
            return false;
        }
        MessageDigest digest = sha256();
        try (FileDownload download = files.open(file)) {
            new DigestInputStream(new DownloadStream(download), digest).transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest()).equals(sha256);
    }

    /** Removes a file that has this content. */
    void removeMade(VirtualPath file, String sha256) throws IOException {
        Optional<FileEntry> there = find(file);
        if (there.isPresent() && isThere(file, sha256)) {
            files.delete(file, require(there.get(), Optional.empty()));
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    /** Fails if a step would store in the place of the file that it reads. */
    static void requireOther(VirtualPath file, VirtualPath to) throws VfsException {
        if (to.equals(file)) {
            throw new VfsException(
                    Failure.ALREADY_EXISTS,
                    file,
                    "The step would store in the place of the file that it reads, " + file + ": choose another to.");
        }
    }

    static VfsException clash(VirtualPath file) {
        return new VfsException(
                Failure.ALREADY_EXISTS, file, "There is something at " + file + " already, and overwrite is not set.");
    }

    /** Compares a file with a stream, of which it reads as much as it needs. */
    private boolean isSame(VirtualPath file, InputStream bytes) throws IOException {
        if (files.stat(file).directory()) {
            return false;
        }
        try (FileDownload there = files.open(file)) {
            InputStream stored = new DownloadStream(there);
            byte[] wanted;
            do {
                wanted = bytes.readNBytes(BUFFER);
                if (!java.util.Arrays.equals(wanted, stored.readNBytes(wanted.length))) {
                    return false;
                }
            } while (wanted.length > 0);
            return stored.read() < 0;
        }
    }

    void removeIfEmpty(VirtualPath folder) throws VfsException {
        try {
            files.rmdir(folder);
        } catch (VfsException e) {
            if (e.failure() != Failure.NOT_FOUND && e.failure() != Failure.DIRECTORY_NOT_EMPTY) {
                throw e;
            }
        }
    }

    /** Removes a file that has these contents. */
    void remove(VirtualPath file, InputStream bytes) throws IOException {
        Optional<FileEntry> there = find(file);
        if (there.isPresent() && isSame(file, bytes)) {
            files.delete(file, require(there.get(), Optional.empty()));
        }
    }

    /** Bytes that become the content of an upload. Closing it neither commits nor aborts the upload. */
    private static final class UploadStream extends OutputStream {
        private final FileUpload upload;
        private long offset;

        UploadStream(FileUpload upload) {
            this.upload = upload;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int start, int length) throws IOException {
            upload.write(offset, ByteBuffer.wrap(bytes, start, length));
            offset += length;
        }
    }

    /** A download from its beginning to its end. */
    static final class DownloadStream extends InputStream {
        private final FileDownload file;
        private final byte[] one = new byte[1];
        private long offset;

        DownloadStream(FileDownload file) {
            this.file = file;
        }

        @Override
        public int read() throws IOException {
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int start, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            int read = file.read(offset, ByteBuffer.wrap(target, start, length));
            offset += Math.max(0, read);
            return read;
        }
    }
}
