package dev.slipway.ingest.archive;

import dev.slipway.core.vfs.FileUpload;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Bytes that become the content of an upload. Closing it neither commits nor aborts the upload. */
final class UploadStream extends OutputStream {
    private final FileUpload upload;
    private long size;

    UploadStream(FileUpload upload) {
        this.upload = upload;
    }

    /** How many bytes were written. */
    long size() {
        return size;
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        upload.write(size, ByteBuffer.wrap(bytes, offset, length));
        size += length;
    }
}
