package dev.slipway.admin.api;

import dev.slipway.core.vfs.FileDownload;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Sends a part of a file, as fast as the client reads. Owns the download and the place of the request. */
final class DownloadStream implements ApiResponse.Stream {
    private static final int BUFFER = 64 * 1024;

    private final FileSessions.Use use;
    private final FileDownload download;
    private final ByteRange range;

    /** @param range within the file; null for an empty file */
    DownloadStream(FileSessions.Use use, FileDownload download, ByteRange range) {
        this.use = use;
        this.download = download;
        this.range = range;
    }

    @Override
    public void write(OutputStream out) throws IOException {
        byte[] buffer = new byte[(int) Math.min(BUFFER, range.length())];
        long offset = range.from();
        while (offset < range.end()) {
            int wanted = (int) Math.min(buffer.length, range.end() - offset);
            int count = download.read(offset, ByteBuffer.wrap(buffer, 0, wanted));
            if (count < 0) {
                // The response stays incomplete, which its length tells the client.
                throw new IOException("the file ends before the range does");
            }
            out.write(buffer, 0, count);
            offset += count;
        }
    }

    @Override
    public void close() {
        use.session().disown(download);
        download.close();
        use.close();
    }
}
