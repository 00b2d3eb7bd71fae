package dev.slipway.core.vfs;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checksums of file versions: from the store, from the state database, or computed by reading the bytes. */
final class Checksums {
    private static final Logger log = LoggerFactory.getLogger(Checksums.class);

    /** The largest result of one request; the protocols ask for less. */
    private static final int LARGEST_RESULT_BYTES = 64 * 1024;

    private final ObjectFileSystems shared;

    Checksums(ObjectFileSystems shared) {
        this.shared = shared;
    }

    /**
     * The requested checksums.
     *
     * @param offset the first byte
     * @param length the number of bytes; those beyond the end of the file do not count
     * @param block the number of bytes that each checksum covers
     */
    record Wanted(DigestAlgorithm algorithm, long offset, long length, long block, BooleanSupplier cancelled) {}

    /** See {@link VirtualFileSystem#checksum}. */
    byte[] of(AccountAccess access, ObjectLocation location, ObjectInfo version, Wanted wanted)
            throws VfsException, StoreException {
        VirtualPath file = location.path();
        if (wanted.offset > version.size()) {
            throw new VfsException(
                    Failure.UNSUPPORTED,
                    file,
                    "The file ends at byte " + version.size() + ", before " + wanted.offset + ".");
        }
        long end = version.size() - wanted.offset > wanted.length ? wanted.offset + wanted.length : version.size();
        boolean whole = wanted.offset == 0 && end == version.size() && end <= wanted.block;
        if (whole) {
            Optional<byte[]> known = known(location, version, wanted.algorithm);
            if (known.isEmpty() || wanted.algorithm != DigestAlgorithm.CRC32) {
                // Do not count this as demand for CRC-32: the store provides it, so uploads need not compute it.
                shared.demand.asked(access.account(), wanted.algorithm);
            }
            if (known.isPresent()) {
                return known.get();
            }
        }
        byte[] digest = compute(access, location, version, wanted, end);
        if (whole) {
            keep(version, Map.of(wanted.algorithm, digest));
        }
        return digest;
    }

    private Optional<byte[]> known(ObjectLocation location, ObjectInfo version, DigestAlgorithm algorithm)
            throws StoreException {
        Optional<byte[]> kept = shared.attributes.digest(version, algorithm);
        if (kept.isPresent()) {
            return kept;
        }
        if (algorithm == DigestAlgorithm.SHA256) {
            return shared.archivedSha256(version);
        }
        if (algorithm != DigestAlgorithm.CRC32) {
            return kept;
        }
        OptionalInt stored = shared.store(location.mount()).crc32(version);
        return stored.isPresent() ? Optional.of(FileDigest.bytes(stored.getAsInt())) : Optional.empty();
    }

    /** Reads the bytes once. Fails if the account loses its right to read them meanwhile. */
    private byte[] compute(AccountAccess access, ObjectLocation location, ObjectInfo version, Wanted wanted, long end)
            throws VfsException, StoreException {
        ByteArrayOutputStream result = new ByteArrayOutputStream();
        FileDigest digest = FileDigest.of(wanted.algorithm);
        long left = wanted.block;
        try (ObjectReader reader = shared.store(location.mount()).read(version, wanted.offset, access.name())) {
            // Allocated only now: many requests may wait for the reader's memory.
            ByteBuffer buffer = ByteBuffer.allocate(PartPool.CHUNK_BYTES);
            for (long at = wanted.offset; at < end; at += buffer.limit()) {
                if (wanted.cancelled.getAsBoolean()) {
                    throw new VfsException(Failure.ABORTED, location.path(), "The checksum was cancelled.");
                }
                access.requireReadableNow(location);
                if (left == 0) {
                    result.writeBytes(digest.finish());
                    if (result.size() > LARGEST_RESULT_BYTES) {
                        throw new VfsException(
                                Failure.TOO_LARGE,
                                location.path(),
                                "Too many checksums; use larger blocks, or a part of the file.");
                    }
                    digest = FileDigest.of(wanted.algorithm);
                    left = wanted.block;
                }
                buffer.clear().limit((int) Math.min(buffer.capacity(), Math.min(left, end - at)));
                fill(buffer, reader, at);
                left -= buffer.limit();
                digest.update(buffer.flip());
            }
        }
        result.writeBytes(digest.finish());
        return result.toByteArray();
    }

    private static void fill(ByteBuffer buffer, ObjectReader reader, long offset) throws StoreException {
        while (buffer.hasRemaining() && reader.read(buffer) >= 0) {
            // Fill the buffer.
        }
        if (buffer.hasRemaining()) {
            throw new StoreException(
                    Failure.INTEGRITY, reader.info().key() + " ended at " + (offset + buffer.position()));
        }
    }

    /** A failure costs only the work of computing the digests again. */
    void keep(ObjectInfo version, Map<DigestAlgorithm, byte[]> digests) {
        if (digests.isEmpty()) {
            return;
        }
        try {
            shared.attributes.putDigests(version, digests);
        } catch (RuntimeException e) {
            log.warn("The checksums of {} could not be stored", version.key(), e);
        }
    }
}
