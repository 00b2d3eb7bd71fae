package dev.slipway.core.store.s3;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PartSizesTest {
    private static final long MIB = 1 << 20;

    @Test
    void partsGrowAsTheyAccumulate() {
        PartSizes sizes = new PartSizes(8 * MIB, 5L << 30, false);

        assertThat(sizes.bytes(1)).isEqualTo(8 * MIB);
        assertThat(sizes.bytes(500)).isEqualTo(8 * MIB);
        assertThat(sizes.bytes(501)).isEqualTo(16 * MIB);
        assertThat(sizes.bytes(10_000)).isEqualTo(5L << 30);
        assertThat(sizes.largestObject()).isGreaterThan(20L << 40).isLessThanOrEqualTo(50_000L << 30);
    }

    @Test
    void memoryBoundsTheParts() {
        PartSizes sizes = new PartSizes(8 * MIB, 128 * MIB, false);

        assertThat(sizes.bytes(10_000)).isEqualTo(128 * MIB);
        assertThat(sizes.largestObject()).isGreaterThan(1L << 40).isLessThan(10_000 * 128 * MIB);
    }

    @Test
    void equalPartsStayEqual() {
        PartSizes sizes = new PartSizes(8 * MIB, 128 * MIB, true);

        assertThat(sizes.bytes(9_999)).isEqualTo(8 * MIB);
        assertThat(sizes.largestObject()).isEqualTo(10_000 * 8 * MIB);
    }
}
