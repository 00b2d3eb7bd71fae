package dev.slipway.transfer.push;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.store.Crc32;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.push.Checkpoint.Piece;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.ExecutionResult;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFile;
import dev.slipway.transfer.remote.ShellWords;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Compares what has arrived on a remote with what is known of the source. */
final class PushVerification {
    /** For a digest of a large file, of which a remote says nothing until it is done. */
    private static final Duration DIGEST_LIMIT = Duration.ofHours(6);

    private static final int TOOL_OUTPUT_BYTES = 16 << 10;

    private final JobRun run;
    private final Source source;
    private final Remote remote;
    private final Capabilities capabilities;
    private final RemoteConnection connection;
    private final TemporaryFile temporary;

    /** @param connection remains the caller's */
    PushVerification(
            JobRun run,
            Source source,
            Remote remote,
            Capabilities capabilities,
            RemoteConnection connection,
            TemporaryFile temporary) {
        this.run = run;
        this.source = source;
        this.remote = remote;
        this.capabilities = capabilities;
        this.connection = connection;
        this.temporary = temporary;
    }

    /**
     * Verifies the file against what is known of the source.
     *
     * @return what was compared, for people
     */
    String compare(Checkpoint checkpoint) throws JobException, JobStoppedException, RemoteException {
        long size = checkpoint.version().size();
        run.progress("comparing", size, size);
        long arrived =
                connection.stat(checkpoint.temporary()).map(RemoteFile::size).orElse(-1L);
        if (arrived != size) {
            throw temporary.damaged(checkpoint, "the remote has " + arrived + " bytes of " + size);
        }
        Map<DigestAlgorithm, byte[]> known = source.digests(checkpoint.version());
        Optional<Integer> read = crc(checkpoint);
        byte[] crc = known.get(DigestAlgorithm.CRC32);
        if (read.isPresent() && crc != null && ByteBuffer.wrap(crc).getInt() != read.get()) {
            throw temporary.damaged(checkpoint, "the CRC-32 of the bytes read differs from the store's");
        }
        for (DigestAlgorithm algorithm :
                List.of(DigestAlgorithm.SHA256, DigestAlgorithm.SHA512, DigestAlgorithm.MD5, DigestAlgorithm.SHA1)) {
            byte[] expected = known.get(algorithm);
            String tool = tool(algorithm);
            if (expected != null && tool != null) {
                compareOnRemote(checkpoint, tool, expected);
                return ", " + algorithm + " compared";
            }
        }
        return read.isPresent() && crc != null ? ", CRC-32 verified" : ", size verified";
    }

    /** The CRC-32 of the whole file, if the gateway has seen all of it. */
    private static Optional<Integer> crc(Checkpoint checkpoint) {
        int whole = 0;
        for (Piece piece : checkpoint.pieces()) {
            Integer crc = piece.crc();
            if (crc == null) {
                return Optional.empty();
            }
            whole = Crc32.combine(whole, crc, piece.end() - piece.offset());
        }
        return Optional.of(whole);
    }

    private @Nullable String tool(DigestAlgorithm algorithm) {
        if (!capabilities.shell()) {
            return null;
        }
        String own = switch (algorithm) {
            case SHA256 -> "sha256sum";
            case SHA512 -> "sha512sum";
            case SHA1 -> "sha1sum";
            case MD5 -> "md5sum";
            case CRC32 -> "";
        };
        if (capabilities.tools().contains(own)) {
            return own;
        }
        boolean sha = algorithm != DigestAlgorithm.MD5 && algorithm != DigestAlgorithm.CRC32;
        return sha && capabilities.tools().contains("shasum")
                ? "shasum -a " + algorithm.name().substring("SHA".length())
                : null;
    }

    private void compareOnRemote(Checkpoint checkpoint, String tool, byte[] expected)
            throws JobException, JobStoppedException, RemoteException {
        run.throwIfStopped();
        ExecutionResult result = connection.run(
                tool + " < " + ShellWords.quote(checkpoint.temporary()), new byte[0], DIGEST_LIMIT, TOOL_OUTPUT_BYTES);
        run.throwIfStopped();
        if (!result.succeeded()) {
            throw JobException.temporary(
                    remote.name() + ": " + tool + " failed: " + result.errors().strip());
        }
        String said = result.output().strip().split("\\s", 2)[0];
        if (!said.equalsIgnoreCase(HexFormat.of().formatHex(expected))) {
            throw temporary.damaged(checkpoint, tool + " on the remote gives " + said);
        }
    }
}
