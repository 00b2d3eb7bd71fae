package dev.slipway.core.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.Patience;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How bytes pass, by the test's own clock. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RateLimitTest {
    private static final long MILLISECOND = 1_000_000;
    private static final int RATE = 100_000;

    private final AtomicLong time = new AtomicLong();
    private final RateLimit limit = new RateLimit(RATE, time::get);
    private final RateLimit.Flow flow = new RateLimit.Flow();

    private boolean passes(int bytes) {
        return limit.pass(flow, bytes, () -> true);
    }

    private void after(long milliseconds) {
        time.addAndGet(milliseconds * MILLISECOND);
        limit.wake();
    }

    @Test
    void afterABurstOfATenthOfASecondTheRateApplies() {
        assertThat(passes(RATE / 10)).isTrue();
        assertThat(passes(1)).isFalse();
        long passed = 0;
        for (int i = 0; i < 1000; i++) {
            after(1);
            while (passes(50)) {
                passed += 50;
            }
        }
        assertThat(passed).as("in a second").isBetween(RATE - 100L, RATE + 100L);
    }

    @Test
    void pausesDoNotEnlargeTheBurst() {
        assertThat(passes(RATE / 10)).isTrue();
        after(60_000);
        assertThat(passes(RATE / 10)).isTrue();
        assertThat(passes(1)).isFalse();
    }

    @Test
    void bytesBeyondTheRateDelayLaterOnes() {
        assertThat(passes(RATE)).as("more than there is at once").isTrue();
        after(850);
        assertThat(passes(1)).isFalse();
        after(100);
        assertThat(passes(1)).isTrue();
    }

    @Test
    void waitingFlowsShareEquallyWhateverTheirRequestSizes() throws Exception {
        AtomicBoolean end = new AtomicBoolean();
        AtomicLong small = new AtomicLong();
        AtomicLong large = new AtomicLong();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> one = executor.submit(() -> transfer(new RateLimit.Flow(), 100, small, end));
            Future<?> other = executor.submit(() -> transfer(new RateLimit.Flow(), 700, large, end));
            for (int i = 0; i < 1500; i++) {
                awaitBoth();
                after(1);
            }
            awaitBoth();
            long all = small.get() + large.get();
            end.set(true);
            limit.wake();
            one.get();
            other.get();
            assertThat(all).isBetween(RATE * 3L / 2, RATE * 3L / 2 + RATE / 10 + 1000);
            assertThat(small.get()).isBetween(all * 45 / 100, all * 55 / 100);
        }
    }

    private void awaitBoth() {
        long deadline = System.nanoTime() + Patience.LIMIT.toNanos();
        while (limit.waiting() != 2) {
            assertThat(System.nanoTime()).as("both wait in time").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private void transfer(RateLimit.Flow own, int step, AtomicLong bytes, AtomicBoolean end) {
        while (limit.pass(own, step, end::get)) {
            bytes.addAndGet(step);
        }
    }

    @Test
    void aNewRateAppliesToWaitingFlows() throws Exception {
        assertThat(passes(RATE * 1000)).isTrue();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Boolean> waiting = executor.submit(() -> limit.pass(new RateLimit.Flow(), 1, () -> false));
            Patience.await("it waits", () -> limit.waiting() == 1);
            limit.rate(RATE * 10_000L);
            after(200);
            assertThat(waiting.get()).isTrue();
        }
    }

    @Test
    void flowsThatGiveUpLetOthersPass() throws Exception {
        assertThat(passes(RATE / 10)).isTrue();
        AtomicBoolean gone = new AtomicBoolean();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Boolean> waiting = executor.submit(() -> limit.pass(new RateLimit.Flow(), 1, gone::get));
            Patience.await("it waits", () -> limit.waiting() == 1);
            gone.set(true);
            assertThat(waiting.get()).isFalse();
        }
        after(10);
        assertThat(passes(1)).isTrue();
    }
}
