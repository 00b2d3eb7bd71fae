package dev.slipway.transfer.push;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoint of a push.
 *
 * @param version the version of the source to which the pieces belong
 * @param target the final path of the file
 * @param temporary the path of the file to which the pieces are written
 * @param pieces all pieces, in order, without gaps
 * @param preallocated whether all blocks of the temporary file may be allocated already
 * @param renaming whether the file was verified and may already have its final name: if the temporary file does not
 *     exist, it has
 */
record Checkpoint(
        SourceVersion version,
        String target,
        String temporary,
        List<Piece> pieces,
        boolean preallocated,
        boolean renaming) {
    /** The extension of temporary files. */
    static final String PART = ".part";

    Checkpoint {
        pieces = List.copyOf(pieces);
    }

    /**
     * A piece of the file.
     *
     * @param offset bytes from the beginning
     * @param end the offset after its last byte
     * @param written how far the remote has it, from {@code offset} to {@code end}
     * @param crc the CRC-32 of the bytes from {@code offset} to {@code written}; null where the gateway has not seen
     *     them
     */
    record Piece(
            long offset, long end, long written, @Nullable Integer crc) {
        boolean isWhole() {
            return written == end;
        }

        Piece upTo(long position, @Nullable Integer value) {
            return new Piece(offset, end, position, value);
        }
    }

    /** Bytes that the remote has. */
    long written() {
        return pieces.stream()
                .mapToLong(piece -> piece.written() - piece.offset())
                .sum();
    }

    Checkpoint withPieces(List<Piece> now) {
        return new Checkpoint(version, target, temporary, now, preallocated, renaming);
    }

    /** Bytes that the file system still has to allocate. */
    long missing() {
        return preallocated ? 0 : version.size() - written();
    }

    Checkpoint withPreallocated(boolean now) {
        return new Checkpoint(version, target, temporary, pieces, now, renaming);
    }

    /** The temporary name of a file that is being replaced. */
    String aside() {
        return temporary.substring(0, temporary.length() - PART.length()) + ".old";
    }

    Checkpoint withRenaming(boolean now) {
        return new Checkpoint(version, target, temporary, pieces, preallocated, now);
    }
}
