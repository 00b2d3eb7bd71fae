package dev.slipway.core.vfs;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.VfsException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * A file that is open for reading: one version of it, from start to end. If the file is replaced meanwhile, reads fail
 * with {@link dev.slipway.core.Failure#CONFLICT} rather than mix two versions.
 *
 * <p>Reads come from one thread at a time; {@link #close()} may come from any thread and ends a blocked read.
 */
public interface FileDownload extends AutoCloseable {
    /** The attributes of the version that is read, as stat shows them. */
    FileEntry entry();

    /**
     * Identifies the version that is read: another version of the same path has another text. Empty if the store does not
     * tell versions apart.
     */
    default Optional<String> version() {
        return Optional.empty();
    }

    /**
     * Reads at least one byte unless the offset is at or beyond the end. Blocks until bytes arrive. Sequential reads
     * are read ahead; another offset starts a new request.
     *
     * @param offset bytes from the beginning of the file, at least 0
     * @param target receives the bytes; remains the caller's
     * @return the number of bytes read, or -1 at the end of the file
     */
    int read(long offset, ByteBuffer target) throws VfsException;

    /**
     * Returns checksums of blocks of the version that is read; see {@link VirtualFileSystem#checksum}. May be called
     * from any thread, concurrently with reads; {@link #close()} does not end it.
     */
    byte[] checksum(DigestAlgorithm algorithm, long offset, long length, long block, BooleanSupplier cancelled)
            throws VfsException;

    @Override
    void close();
}
