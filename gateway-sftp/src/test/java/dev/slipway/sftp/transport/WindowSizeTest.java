package dev.slipway.sftp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Clients that send as much as they may, by the test's own clock. */
class WindowSizeTest {
    private static final long MIB = 1 << 20;
    private static final long PACKET = 32 * 1024;

    private final WindowMemory memory = new WindowMemory(128 * MIB);
    private final WindowSize size = new WindowSize(memory, 0);
    private long now;
    private long mayBeSent;

    private void begin(Duration roundTrip) {
        assertThat(size.reserve()).isTrue();
        size.roundTrip(roundTrip);
        mayBeSent = size.granted();
    }

    /** Each window takes the same time. */
    private void sendWindows(int count, Duration each) {
        for (int i = 0; i < count; i++) {
            now += each.toNanos();
            for (long left = mayBeSent; left > 0; left -= PACKET) {
                mayBeSent += size.release(PACKET, now) - PACKET;
            }
            assertThat(mayBeSent).isBetween(1L, size.granted());
        }
    }

    @Test
    void theWindowOfADistantClientDoublesUntilItFillsTheLine() {
        begin(Duration.ofMillis(100));
        assertThat(size.granted()).isEqualTo(WindowSize.INITIAL);
        sendWindows(2, Duration.ofMillis(100));
        assertThat(size.granted()).isGreaterThan(WindowSize.INITIAL);
        sendWindows(20, Duration.ofMillis(100));
        assertThat(size.granted()).isEqualTo(16 * MIB);
        assertThat(memory.granted()).isEqualTo(16 * MIB);

        size.giveBack();
        assertThat(memory.granted()).isZero();
    }

    @Test
    void theWindowOfASlowClientDoesNotGrow() {
        begin(Duration.ofMillis(100));
        sendWindows(20, Duration.ofMillis(250));
        assertThat(size.granted()).isEqualTo(WindowSize.INITIAL);
    }

    @Test
    void theLargestWindowFollowsFromTheDistance() {
        begin(Duration.ofMillis(1));
        sendWindows(50, Duration.ofMillis(1));
        assertThat(size.granted()).isEqualTo(WindowSize.largest(Duration.ofMillis(1)));

        assertThat(WindowSize.largest(Duration.ofNanos(100_000))).isEqualTo(2 * MIB);
        assertThat(WindowSize.largest(Duration.ofMillis(50))).isBetween(8 * MIB, 10 * MIB);
        assertThat(WindowSize.largest(Duration.ofMillis(100))).isEqualTo(16 * MIB);
        assertThat(WindowSize.largest(Duration.ofSeconds(1))).isEqualTo(16 * MIB);
    }
}
