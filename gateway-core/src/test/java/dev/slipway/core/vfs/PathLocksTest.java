package dev.slipway.core.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.store.ObjectKey;
import dev.slipway.testing.Patience;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PathLocksTest {
    private static final Duration NOT = Duration.ZERO;
    private static final Duration LONG = Patience.LIMIT;

    private final PathLocks locks = new PathLocks();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void nothingIsHeld() {
        executor.close();
        assertThat(locks.size()).isZero();
    }

    private static List<ObjectKey> keys(String... keys) {
        List<ObjectKey> named = new ArrayList<>();
        for (String key : keys) {
            named.add(new ObjectKey("bucket", key));
        }
        return named;
    }

    /** Whether another thread could take the lock now. */
    private boolean isFree(String key) throws Exception {
        return executor.submit(() -> {
                    PathLocks.Held held = locks.lock(keys(key), NOT);
                    if (held != null) {
                        held.close();
                    }
                    return held != null;
                })
                .get();
    }

    @Test
    void aLockExcludesThePathItsAncestorsAndItsDescendants() throws Exception {
        try (PathLocks.Held _ = locks.lock(keys("a/b"), NOT)) {
            assertThat(isFree("a/b")).isFalse();
            assertThat(isFree("a/b/")).isFalse();
            assertThat(isFree("a")).isFalse();
            assertThat(isFree("a/b/c/d")).isFalse();
            assertThat(isFree("a/bb")).isTrue();
            assertThat(isFree("a/c")).isTrue();
            assertThat(isFree("b")).isTrue();
        }
        assertThat(isFree("a/b")).isTrue();
    }

    @Test
    void locksOfDifferentBucketsAreIndependent() throws Exception {
        try (PathLocks.Held _ = locks.lock(keys("a"), NOT)) {
            assertThat(executor.submit(() -> {
                                try (PathLocks.Held held = locks.lock(List.of(new ObjectKey("other", "a")), NOT)) {
                                    return held != null;
                                }
                            })
                            .get())
                    .isTrue();
        }
    }

    @Test
    void aPathAndItsDescendantCanBeLockedTogether() throws Exception {
        try (PathLocks.Held held = locks.lock(keys("a", "a/b", "a/b/c"), NOT)) {
            assertThat(held).isNotNull();
            assertThat(isFree("a/b")).isFalse();
        }
    }

    @Test
    @Timeout(Patience.TEST_SECONDS)
    void noUpdateIsLostAndNothingDeadlocks() throws Exception {
        String[] paths = {"a", "a/b", "a/b/c", "a/d", "e", "e/f", "e/f/g"};
        AtomicIntegerArray counters = new AtomicIntegerArray(paths.length);
        int threads = 32;
        int rounds = 200;
        List<Future<?>> workers = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            Random random = new Random(t);
            workers.add(executor.submit(() -> {
                for (int i = 0; i < rounds; i++) {
                    int first = random.nextInt(paths.length);
                    int second = random.nextInt(paths.length);
                    PathLocks.Held held = locks.lock(keys(paths[first], paths[second]), LONG);
                    assertThat(held).as("nobody waits for long").isNotNull();
                    try (held) {
                        // Not atomic: an update is lost if two threads are here at once.
                        int one = counters.get(first);
                        Thread.onSpinWait();
                        counters.set(first, one + 1);
                        int two = counters.get(second);
                        Thread.onSpinWait();
                        counters.set(second, two + 1);
                    }
                }
                return null;
            }));
        }
        for (Future<?> worker : workers) {
            worker.get();
        }
        assertThat(IntStream.range(0, paths.length).map(counters::get).sum()).isEqualTo(2 * threads * rounds);
    }
}
