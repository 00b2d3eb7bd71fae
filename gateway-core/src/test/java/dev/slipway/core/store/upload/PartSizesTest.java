package dev.slipway.core.store.upload;

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

    @Test
    void copiesHaveValidSizesAndNumbers() {
        PartSizes sizes = new PartSizes(8L << 20, 64L << 20, false);
        long wanted = 64L << 20;
        for (long range : new long[] {
            5L << 20, (64L << 20) + 1, (128L << 20) - 1, 100L << 30, (5L << 40) + 7, (20L << 40) + 1, 48L << 40
        }) {
            PartSizes.Copies copies = sizes.copies(range, wanted);
            assertThat(copies.count()).isBetween(1L, 9999L);
            assertThat(copies.offset(0)).isZero();
            assertThat(copies.offset((int) copies.count())).isEqualTo(range);
            for (int i = 0; i < copies.count(); i++) {
                assertThat(copies.offset(i + 1) - copies.offset(i)).isBetween(5L << 20, 5L << 30);
            }
        }
    }

    @Test
    void rangesThatAreTooSmallToCopyAreRead() {
        long least = 5L << 20;
        PartSizes sizes = new PartSizes(8L << 20, 64L << 20, false);
        assertThat(sizes.bytesToRead(0, least, least + 1)).isZero();
        assertThat(sizes.bytesToRead(0, least - 1, least + 1)).isEqualTo(least - 1);
        assertThat(sizes.bytesToRead(0, least, least)).isEqualTo(least);
        assertThat(sizes.bytesToRead(1, 3 * least, 4 * least)).isEqualTo(least - 1);
        assertThat(sizes.bytesToRead(1, 2 * least - 2, 4 * least)).isEqualTo(2 * least - 2);
        assertThat(sizes.bytesToRead(least, least, 4 * least)).isZero();

        PartSizes equal = new PartSizes(8L << 20, 64L << 20, true);
        assertThat(equal.bytesToRead(0, 8L << 20, 9L << 20)).isZero();
        assertThat(equal.bytesToRead(least, 20L << 20, 30L << 20)).isEqualTo(3L << 20);
        assertThat(equal.copies(20L << 20, 64L << 20)).isEqualTo(new PartSizes.Copies(16L << 20, 2));
    }
}
