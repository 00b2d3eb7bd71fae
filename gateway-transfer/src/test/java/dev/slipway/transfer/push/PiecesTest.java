package dev.slipway.transfer.push;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.transfer.push.Checkpoint.Piece;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PiecesTest {
    @ParameterizedTest
    @CsvSource({
        "0, 4, 0",
        "1, 4, 1",
        "8388607, 4, 1",
        "16777215, 4, 1",
        "16777216, 4, 2",
        "1073741824, 4, 4",
        "1073741825, 4, 4",
        "1073741825, 1, 1",
        "5497558138880, 16, 16"
    })
    void coverTheFileInEqualPieces(long size, int most, int count) {
        List<Piece> pieces = Pieces.of(size, most, Pieces.LEAST_BYTES);
        assertThat(pieces).hasSize(count);
        long at = 0;
        for (Piece piece : pieces) {
            assertThat(piece.offset()).isEqualTo(at).isEqualTo(piece.written());
            assertThat(count == 1 || piece.end() - piece.offset() >= Pieces.LEAST_BYTES - count)
                    .isTrue();
            at = piece.end();
        }
        assertThat(at).isEqualTo(size);
    }
}
