package dev.slipway.sftp.subsystem;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.FileDigest;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.sftp.files.Handles;
import dev.slipway.sftp.files.RequestException;
import dev.slipway.sftp.files.Status;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The extended requests for checksums: {@code check-file-name} and {@code check-file-handle}
 * (draft-ietf-secsh-filexfer-extensions-00 section 3), {@code check-file} as paramiko sends it, and {@code md5-hash} and
 * {@code md5-hash-handle} (draft-ietf-secsh-filexfer-05 section 8.1).
 */
final class ChecksumRequests {
    static final String CHECK_FILE = "check-file";
    static final String CHECK_FILE_NAME = "check-file-name";
    static final String CHECK_FILE_HANDLE = "check-file-handle";
    static final String MD5_HASH = "md5-hash";
    static final String MD5_HASH_HANDLE = "md5-hash-handle";

    /** The minimum block size that the draft requires. */
    private static final int SMALLEST_BLOCK = 256;

    /** In bytes; old clients take no packets above 34,000. */
    private static final int LARGEST_ANSWER = 32_000;

    /**
     * At most this many bytes per checksum, so that a client can find out early that the rest is not worth the work.
     */
    private static final int QUICK_CHECK = 2048;

    private static final Map<String, DigestAlgorithm> ALGORITHMS = Map.of(
            "crc32", DigestAlgorithm.CRC32,
            "md5", DigestAlgorithm.MD5,
            "sha1", DigestAlgorithm.SHA1,
            "sha256", DigestAlgorithm.SHA256,
            "sha512", DigestAlgorithm.SHA512);

    private ChecksumRequests() {}

    /** The file of a checksum. */
    interface Source {
        /** In bytes. */
        long size() throws VfsException;

        /** See {@link VirtualFileSystem#checksum}. */
        byte[] checksum(DigestAlgorithm algorithm, long offset, long length, long block, BooleanSupplier cancelled)
                throws VfsException;
    }

    static Source file(VirtualFileSystem files, VirtualPath path) {
        return new Source() {
            @Override
            public long size() throws VfsException {
                return files.stat(path).size();
            }

            @Override
            public byte[] checksum(
                    DigestAlgorithm algorithm, long offset, long length, long block, BooleanSupplier cancelled)
                    throws VfsException {
                return files.checksum(path, algorithm, offset, length, block, cancelled);
            }
        };
    }

    /** Of an open file: the version that was opened. */
    static Source handle(Handles.Handle handle) throws RequestException {
        if (!(handle instanceof Handles.Download download)) {
            throw new RequestException(Status.PERMISSION_DENIED, "Checksums require a file that is open for reading.");
        }
        return new Source() {
            @Override
            public long size() {
                return download.download().entry().size();
            }

            @Override
            public byte[] checksum(
                    DigestAlgorithm algorithm, long offset, long length, long block, BooleanSupplier cancelled)
                    throws VfsException {
                return download.download().checksum(algorithm, offset, length, block, cancelled);
            }
        };
    }

    /** @param named whether the answer begins with the name {@code check-file}, as paramiko expects */
    static Answer checkFile(Source source, Request request, boolean named) throws RequestException {
        List<String> names = Arrays.asList(request.string().split(",", -1));
        long offset = request.position();
        long length = toTheEndIfZero(request.position());
        int block = request.uint32();
        Optional<String> name =
                names.stream().filter(one -> ALGORITHMS.containsKey(plain(one))).findFirst();
        if (name.isEmpty()) {
            throw new RequestException(
                    Status.OP_UNSUPPORTED, "Unknown algorithm; available: crc32, md5, sha1, sha256 and sha512.");
        }
        if (block != 0 && Integer.compareUnsigned(block, SMALLEST_BLOCK) < 0) {
            throw new RequestException(Status.FAILURE, "The block size must be at least " + SMALLEST_BLOCK + " bytes.");
        }
        DigestAlgorithm algorithm = ALGORITHMS.getOrDefault(plain(name.get()), DigestAlgorithm.MD5);
        long blockBytes = block == 0 ? Long.MAX_VALUE : Integer.toUnsignedLong(block);
        return (reply, id, cancelled) -> {
            if (block != 0) {
                requireFew(algorithm, Math.min(length, source.size() - offset) / blockBytes);
            }
            byte[] checksums = source.checksum(algorithm, offset, length, blockBytes, cancelled);
            reply.start(PacketType.EXTENDED_REPLY, id);
            if (named) {
                reply.string(CHECK_FILE);
            }
            reply.string(name.get()).bytes(checksums);
        };
    }

    private static String plain(String algorithm) {
        return algorithm.strip().toLowerCase(Locale.ROOT).replace("-", "");
    }

    private static long toTheEndIfZero(long length) {
        return length == 0 ? Long.MAX_VALUE : length;
    }

    private static void requireFew(DigestAlgorithm algorithm, long blocks) throws RequestException {
        int most = LARGEST_ANSWER / FileDigest.of(algorithm).finish().length;
        if (blocks > most) {
            throw new RequestException(
                    Status.FAILURE,
                    "Too many checksums: more than " + most + "; use larger blocks, or a part of the file.");
        }
    }

    static Answer md5(Source source, Request request) throws RequestException {
        long offset = request.position();
        long length = toTheEndIfZero(request.position());
        byte[] expected = request.opaque();
        return (reply, id, cancelled) -> {
            boolean worthIt = expected.length == 0
                    || Arrays.equals(
                            expected,
                            source.checksum(
                                    DigestAlgorithm.MD5,
                                    offset,
                                    Math.min(length, QUICK_CHECK),
                                    Long.MAX_VALUE,
                                    cancelled));
            byte[] checksum = worthIt
                    ? source.checksum(DigestAlgorithm.MD5, offset, length, Long.MAX_VALUE, cancelled)
                    : new byte[0];
            reply.start(PacketType.EXTENDED_REPLY, id)
                    .string(MD5_HASH)
                    .uint32(checksum.length)
                    .bytes(checksum);
        };
    }
}
