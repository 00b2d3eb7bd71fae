package dev.slipway.sftp.subsystem;

import dev.slipway.core.Failure;
import dev.slipway.core.PosixAttributes;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.core.vfs.UploadOptions;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.core.vfs.WritePosition;
import dev.slipway.sftp.files.Handles;
import dev.slipway.sftp.files.RequestException;
import dev.slipway.sftp.files.Status;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The files of a channel: a path means the upload that the channel has open there, as on any file system. */
final class SftpFiles {
    private final VirtualFileSystem files;
    private final Handles handles;

    SftpFiles(VirtualFileSystem files, Handles handles) {
        this.files = files;
        this.handles = handles;
    }

    /**
     * Opens a file for reading or writing.
     *
     * @param created the mode and owner of a new file
     */
    Handles.Handle open(VirtualPath path, OpenFlags flags, PosixAttributes created)
            throws RequestException, VfsException {
        if (!flags.write()) {
            if (!flags.read()) {
                throw new RequestException(Status.FAILURE, "A file must be opened for reading or for writing.");
            }
            return new Handles.Download(path, files.open(path));
        }
        FileUpload upload = upload(path, flags, uploadOptions().withPosix(created));
        return flags.append() ? Handles.Upload.appending(path, upload) : new Handles.Upload(path, upload);
    }

    /**
     * A channel that holds the memory of an upload must not wait for more. SSH loses no block, so what a client left out is
     * a hole.
     */
    private UploadOptions uploadOptions() {
        return UploadOptions.DEFAULT.withWaiting(!handles.hasUpload()).withHoles(true);
    }

    /** Applies the flags to an existing file. */
    private FileUpload upload(VirtualPath path, OpenFlags flags, UploadOptions options)
            throws RequestException, VfsException {
        if (flags.create() && flags.exclusive()) {
            return files.create(path, CreateMode.NEW, options);
        }
        if (flags.create() && flags.truncate()) {
            return files.create(path, CreateMode.REPLACE, options);
        }
        FileEntry present = statIfPresent(path);
        if (present == null) {
            if (flags.create()) {
                return files.create(path, CreateMode.NEW, options);
            }
            throw new RequestException(Status.NO_SUCH_FILE, "No such file: " + path + ".");
        }
        if (present.partial() && !flags.truncate()) {
            return files.resume(path, WritePosition.END, options);
        }
        if (flags.truncate() || (present.size() == 0 && !flags.append())) {
            return files.create(path, CreateMode.REPLACE, options);
        }
        return files.change(path, flags.append() ? WritePosition.END : WritePosition.FIRST_WRITE, options);
    }

    private @Nullable FileEntry statIfPresent(VirtualPath path) throws VfsException {
        try {
            return stat(path);
        } catch (VfsException e) {
            if (e.failure() == Failure.NOT_FOUND) {
                return null;
            }
            throw e;
        }
    }

    /** What a path is to this channel. */
    FileEntry stat(VirtualPath path) throws VfsException {
        FileUpload upload = handles.upload(path);
        return upload == null ? files.stat(path) : upload.entry();
    }

    /** What a handle is open on. */
    FileEntry stat(Handles.Handle handle) throws RequestException, VfsException {
        return switch (handle) {
            case Handles.Upload upload -> {
                if (upload.upload().hasFailed()) {
                    throw new RequestException(Status.FAILURE, "The upload has failed; open the file again.");
                }
                yield upload.upload().entry();
            }
            case Handles.Download(VirtualPath path, FileDownload download) -> download.entry();
            case Handles.Directory directory -> files.stat(directory.path());
        };
    }

    /** Sets the attributes of a path. */
    void set(VirtualPath path, Request.Attributes attributes) throws RequestException, VfsException {
        FileUpload upload = handles.upload(path);
        if (upload == null) {
            setAttributes(path, attributes);
        } else {
            setAttributes(upload, attributes);
        }
    }

    /** Sets the attributes of what a handle is open on. */
    void set(Handles.Handle handle, Request.Attributes attributes) throws RequestException, VfsException {
        if (handle instanceof Handles.Upload upload) {
            setAttributes(upload.upload(), attributes);
        } else {
            setAttributes(handle.path(), attributes);
        }
    }

    private static void setAttributes(FileUpload upload, Request.Attributes attributes) throws VfsException {
        if (attributes.size().isPresent()) {
            upload.truncate(attributes.size().getAsLong());
        }
        attributes.modified().ifPresent(upload::setModified);
        if (!attributes.posix().isEmpty()) {
            upload.setPosix(attributes.posix());
        }
    }

    private void setAttributes(VirtualPath path, Request.Attributes attributes) throws RequestException, VfsException {
        Instant modified = attributes.modified().orElse(null);
        if (attributes.size().isPresent()) {
            long size = attributes.size().getAsLong();
            if (size != files.stat(path).size()) {
                FileEntry _ = files.truncate(path, size, uploadOptions());
            }
        }
        if (!attributes.posix().isEmpty() && (modified == null || files.keepsPosix())) {
            files.setPosix(path, attributes.posix());
        } else if (modified == null && attributes.size().isEmpty()) {
            // Ignored attributes are ignored only for existing files.
            FileEntry _ = files.stat(path);
        }
        if (modified != null) {
            files.setModified(path, modified);
        }
    }
}
