package dev.slipway.sftp.subsystem;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.sftp.files.Handles;
import dev.slipway.sftp.files.RequestException;
import dev.slipway.sftp.files.Status;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;

/**
 * The extended request {@code copy-data} (draft-ietf-secsh-filexfer-extensions-00 section 7), which OpenSSH's {@code
 * cp} makes: it copies bytes from a file open for reading to one open for writing. Copying a whole file to an empty one
 * becomes a server-side copy when the client closes it; otherwise the bytes are read and written here.
 *
 * @param length 0 for all bytes from the offset on
 */
record DataCopy(Handles.Download source, long offset, long length, Handles.Upload target, long targetOffset) {
    static final String NAME = "copy-data";

    private static final int BUFFER = 256 * 1024;

    static DataCopy of(Handles handles, Request request) throws RequestException {
        Handles.Handle from = handles.get(request.handle());
        long offset = request.position();
        long length = request.position();
        Handles.Handle to = handles.get(request.handle());
        long targetOffset = request.position();
        if (!(from instanceof Handles.Download source)) {
            throw new RequestException(Status.PERMISSION_DENIED, "The source handle is not open for reading.");
        }
        if (!(to instanceof Handles.Upload target)) {
            throw new RequestException(Status.PERMISSION_DENIED, "The target handle is not open for writing.");
        }
        return new DataCopy(source, offset, length, target, targetOffset);
    }

    /**
     * Copies. After a failure the client may still close the file: it is then not stored, and nothing is kept, since
     * the client has no bytes to resume with.
     */
    void run(BooleanSupplier cancelled) throws RequestException, VfsException {
        try {
            copy(cancelled);
        } catch (IOException | RuntimeException e) {
            target.upload().abort();
            target.failed(e instanceof IOException failure ? failure : new IOException(e));
            throw e;
        }
    }

    /** An empty file that was opened for appending does not become a copy: its bytes are written. */
    private static boolean becomesCopy(FileUpload upload, FileDownload download) throws VfsException {
        try {
            upload.copyFrom(download);
            return true;
        } catch (VfsException e) {
            if (e.failure() == Failure.UNSUPPORTED) {
                return false;
            }
            throw e;
        }
    }

    private void copy(BooleanSupplier cancelled) throws RequestException, VfsException {
        if (source.path().equals(target.path())) {
            throw new RequestException(Status.FAILURE, "A file cannot be copied onto itself.");
        }
        FileDownload download = source.download();
        FileUpload upload = target.upload();
        long size = download.entry().size();
        boolean whole = offset == 0 && targetOffset == 0 && (length == 0 || length == size);
        if (whole && upload.entry().size() == 0 && becomesCopy(upload, download)) {
            return;
        }
        long end = length == 0 || length > size - offset ? size : offset + length;
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        long at = offset;
        while (at < end) {
            if (cancelled.getAsBoolean()) {
                throw new VfsException(Failure.ABORTED, target.path(), "The client disconnected.");
            }
            buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
            int count = download.read(at, buffer);
            if (count < 0) {
                throw new VfsException(Failure.INTEGRITY, source.path(), "The file ended early.");
            }
            upload.write(targetOffset + (at - offset), buffer.flip());
            at += count;
        }
        if (length > 0 && at - offset < length) {
            throw new RequestException(Status.EOF, "The offset is beyond the end of the file.");
        }
    }
}
