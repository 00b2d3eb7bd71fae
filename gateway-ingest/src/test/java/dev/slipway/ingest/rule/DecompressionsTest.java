package dev.slipway.ingest.rule;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecompressionsTest {
    /** Uploads of compressed files must not be able to use up the heap. */
    @ParameterizedTest
    @CsvSource({"64, 1", "256, 1", "1600, 2", "2400, 3", "65536, 4"})
    void theHeapLimitsHowManyFilesAreDecompressedAtOnce(long heapMebibytes, int expected) {
        assertThat(Decompressions.atOnce(heapMebibytes << 20)).isEqualTo(expected);
    }
}
