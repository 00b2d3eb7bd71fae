package dev.slipway.ingest.content;

import java.io.IOException;
import java.io.InputStream;

/** Receives the members of an archive in turn. Its failures end the reading, and come out as they are. */
public interface MemberVisitor {
    /** A folder that the archive has an entry for. Folders that only paths of files name are not announced. */
    void folder(Member folder) throws IOException;

    /**
     * A file.
     *
     * @param size its size in bytes, which the bytes are held to; -1 if the archive does not say it
     * @param bytes fails with an {@link ExpansionException} where the archive is damaged or beyond a limit: what was read
     *     before is then not to be used. Valid during the call; what it leaves is read, and checked, after it
     */
    void file(Member file, long size, InputStream bytes) throws IOException;
}
