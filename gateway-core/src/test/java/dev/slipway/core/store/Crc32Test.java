package dev.slipway.core.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.zip.CRC32;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Crc32Test {
    @ParameterizedTest
    @CsvSource({"0,0", "0,1", "1,0", "1,1", "3,5", "65536,1", "1000000,65537", "7,1000003"})
    void combinesTheValuesOfTwoBlocks(int first, int second) {
        byte[] bytes = Bytes.random(first + second, first + second);

        assertThat(Crc32.combine(crc(bytes, 0, first), crc(bytes, first, second), second))
                .isEqualTo(crc(bytes, 0, first + second));
    }

    private static int crc(byte[] bytes, int offset, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }
}
