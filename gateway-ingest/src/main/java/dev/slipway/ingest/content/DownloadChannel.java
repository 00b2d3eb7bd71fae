package dev.slipway.ingest.content;

import dev.slipway.core.vfs.FileDownload;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A file that is read from the store. */
public final class DownloadChannel extends ReadOnlyChannel {
    private final FileDownload file;

    /** @param file remains the caller's */
    public DownloadChannel(FileDownload file) {
        super(file.entry().size());
        this.file = file;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return advance(file.read(position(), target));
    }
}
