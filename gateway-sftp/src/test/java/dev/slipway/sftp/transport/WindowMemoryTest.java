package dev.slipway.sftp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WindowMemoryTest {
    private static final long MIB = 1 << 20;

    @Test
    void windowsGrowUntilTheyHaveAsMuchAsIsLeftForOthers() {
        WindowMemory memory = new WindowMemory(32 * MIB);
        assertThat(memory.takeSpare(4 * MIB, 4 * MIB)).isTrue();
        assertThat(memory.takeSpare(4 * MIB, 8 * MIB)).isTrue();
        assertThat(memory.takeSpare(8 * MIB, 16 * MIB)).isFalse();
        assertThat(memory.granted()).isEqualTo(8 * MIB);
    }

    @Test
    void halfIsKeptForSmallWindowsAndNothingExceedsTheBudget() {
        WindowMemory memory = new WindowMemory(8 * MIB);
        assertThat(memory.takeSpare(4 * MIB, 0)).isTrue();
        assertThat(memory.takeSpare(1, 0)).isFalse();
        for (int i = 0; i < 4; i++) {
            assertThat(memory.take(MIB)).isTrue();
        }
        assertThat(memory.take(1)).isFalse();
        assertThat(memory.granted()).isEqualTo(8 * MIB);

        memory.giveBack(8 * MIB);
        assertThat(memory.granted()).isZero();
        assertThat(memory.takeSpare(1, 0)).isTrue();
    }
}
