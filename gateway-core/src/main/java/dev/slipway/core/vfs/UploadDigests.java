package dev.slipway.core.vfs;

import dev.slipway.core.DigestAlgorithm;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * Digests of a file, computed while its bytes arrive. If any of them did not pass here, as when an upload is continued
 * that another connection began, there are no digests. Not safe for use by several threads.
 */
final class UploadDigests {
    private final Map<DigestAlgorithm, FileDigest> digests = new EnumMap<>(DigestAlgorithm.class);
    private long size;

    UploadDigests(Set<DigestAlgorithm> algorithms) {
        algorithms.forEach(algorithm -> digests.put(algorithm, FileDigest.of(algorithm)));
    }

    /**
     * Takes the remaining bytes of a buffer, which stays as it is.
     *
     * @param offset where in the file they are
     */
    void update(long offset, ByteBuffer data) {
        if (offset != size) {
            digests.clear();
        }
        size += data.remaining();
        digests.values().forEach(digest -> digest.update(data.duplicate()));
    }

    /**
     * The digests of the whole file. To be called once.
     *
     * @param fileSize the bytes that it has
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
