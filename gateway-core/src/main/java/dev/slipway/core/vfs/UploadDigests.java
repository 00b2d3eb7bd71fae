package dev.slipway.core.vfs;

import dev.slipway.core.DigestAlgorithm;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * Digests of a file, computed while its bytes arrive. There are none if any bytes did not pass through this object, for
 * instance in an upload that was resumed over another connection. Not thread-safe.
 */
final class UploadDigests {
    private final Map<DigestAlgorithm, FileDigest> digests = new EnumMap<>(DigestAlgorithm.class);
    private long size;

    UploadDigests(Set<DigestAlgorithm> algorithms) {
        algorithms.forEach(algorithm -> digests.put(algorithm, FileDigest.of(algorithm)));
    }

    /**
     * Adds the remaining bytes of a buffer, whose position does not change.
     *
     * @param offset their offset in the file
     */
    void update(long offset, ByteBuffer data) {
        if (offset != size) {
            digests.clear();
        }
        size += data.remaining();
        digests.values().forEach(digest -> digest.update(data.duplicate()));
    }

    /**
     * Returns the digests of the whole file. To be called once.
     *
     * @param fileSize the file's size in bytes
     */
    Map<DigestAlgorithm, byte[]> finish(long fileSize) {
        Map<DigestAlgorithm, byte[]> result = new EnumMap<>(DigestAlgorithm.class);
        if (size == fileSize) {
            digests.forEach((algorithm, digest) -> result.put(algorithm, digest.finish()));
        }
        digests.clear();
        return result;
    }
}
