package dev.slipway.transfer.push;

import dev.slipway.transfer.push.Checkpoint.Piece;
import java.util.ArrayList;
import java.util.List;

/** Cuts a file into pieces that are sent in parallel. */
final class Pieces {
    /** Smaller ones are not worth a connection. */
    static final long LEAST_BYTES = 8L << 20;

    private Pieces() {}

    /**
     * Pieces of equal size, but for the last one.
     *
     * @param size bytes of the file
     * @param most how many there may be, at least 1
     * @param least their bytes, at least 1; fewer for a file that has fewer
     * @return at least one, unless the file is empty
     */
    static List<Piece> of(long size, int most, long least) {
        List<Piece> pieces = new ArrayList<>();
        long count = Math.clamp(size / least, 1, most);
        long length = (size + count - 1) / count;
        for (long offset = 0; offset < size; offset += length) {
            pieces.add(new Piece(offset, Math.min(size, offset + length), offset, null));
        }
        return pieces;
    }
}
