package dev.slipway.admin.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SmoothedRateTest {
    private static final long LOOK = TimeUnit.MILLISECONDS.toNanos(500);

    private final SmoothedRate rate = new SmoothedRate();

    /** The number changes once a second, and is looked at twice. */
    @Test
    void aSteadyRateIsShownAsItIs() {
        for (int look = 0; look < 60; look++) {
            rate.seen(look * LOOK, 1000L * (look / 2));
            double now = rate.rate(look * LOOK);
            if (look < 4) {
                assertThat(now).as("too early to tell").isZero();
            } else {
                assertThat(now).isBetween(999.0, 1001.0);
            }
        }
    }

    /** Large ranges are counted when they are complete. */
    @Test
    void leapsDoNotLookLikeMoreThanThereWas() {
        for (int look = 0; look < 200; look++) {
            rate.seen(look * LOOK, 16_000_000L * (look / 8));
            assertThat(rate.rate(look * LOOK)).isLessThanOrEqualTo(4_000_001.0);
        }
        assertThat(rate.rate(200 * LOOK)).isGreaterThan(3_000_000.0);
    }

    @Test
    void aStandstillLowersIt() {
        for (int look = 0; look <= 20; look++) {
            rate.seen(look * LOOK, 1000L * look);
        }
        assertThat(rate.rate(20 * LOOK)).isBetween(1999.0, 2001.0);
        assertThat(rate.rate(40 * LOOK)).isBetween(900.0, 1100.0);
    }

    @Test
    void aNewBeginningIsNoLossAndNoLeap() {
        rate.seen(0, 1_000_000);
        rate.seen(3 * LOOK, 0);
        rate.seen(8 * LOOK, 2500);
        assertThat(rate.rate(8 * LOOK)).isBetween(999.0, 1001.0);
    }
}
