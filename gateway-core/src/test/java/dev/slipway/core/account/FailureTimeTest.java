package dev.slipway.core.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Times are those of a clock that only checks and pauses advance. */
class FailureTimeTest {
    private static final long PLAIN = 1000;
    private static final long SLOW = 8000;

    private long now;
    private final FailureTime times = new FailureTime(() -> now, time -> now += time);

    /** The time until a failed login is answered, given the time of its check. */
    private Duration failure(long cost, Duration check, long slowest) {
        long begin = now;
        FailureTime.Login login = times.begin();
        assertThat(login.check(cost, () -> {
                    now += check.toNanos();
                    return false;
                }))
                .isFalse();
        login.awaitAnswer(cost, slowest);
        return Duration.ofNanos(now - begin);
    }

    private Duration refusal(long slowest) {
        long begin = now;
        times.begin().awaitRefusal(slowest);
        return Duration.ofNanos(now - begin);
    }

    private Duration plain() {
        return failure(PLAIN, Duration.ofMillis(60), PLAIN);
    }

    @Test
    void aRefusalTakesAsLongAsACheck() {
        assertThat(plain()).isEqualTo(Duration.ofMillis(100));
        assertThat(failure(PLAIN, Duration.ofMillis(75), PLAIN)).isEqualTo(Duration.ofMillis(100));
        assertThat(refusal(PLAIN)).isEqualTo(Duration.ofMillis(100));
    }

    @Test
    void allFailuresTakeAsLongAsTheSlowestHash() {
        assertThat(plain()).isEqualTo(Duration.ofMillis(100));

        Duration slow = failure(SLOW, Duration.ofMillis(480), SLOW);

        assertThat(slow).isGreaterThan(Duration.ofMillis(480));
        assertThat(failure(PLAIN, Duration.ofMillis(60), SLOW)).isEqualTo(slow);
        assertThat(refusal(SLOW)).isEqualTo(slow);
    }

    @Test
    void refusalsTakeAsLongAsChecksThatWaitForOthers() {
        assertThat(plain()).isEqualTo(Duration.ofMillis(100));
        for (int i = 0; i < 32; i++) {
            assertThat(failure(PLAIN, Duration.ofMillis(950), PLAIN)).isEqualTo(Duration.ofSeconds(1));
        }

        assertThat(refusal(PLAIN)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void aDelayedRefusalComesAtAMultipleOfThePeriod() {
        assertThat(plain()).isEqualTo(Duration.ofMillis(100));
        long begin = now;
        FailureTime.Login login = times.begin();
        now += Duration.ofMillis(330).toNanos();
        login.awaitRefusal(PLAIN);
        assertThat(Duration.ofNanos(now - begin)).isEqualTo(Duration.ofMillis(400));
    }
}
