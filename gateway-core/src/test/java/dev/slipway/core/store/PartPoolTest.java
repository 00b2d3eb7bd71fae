package dev.slipway.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.testing.Patience;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class PartPoolTest {
    private static final int CHUNK = PartPool.CHUNK_BYTES;
    private static final Duration LONG = Patience.LIMIT;

    private static void assertBusy(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.BUSY));
    }

    @Test
    void aReservationIsNotUsedBeforeBytesArrive() throws StoreException {
        PartPool pool = new PartPool(10 * CHUNK, 10 * CHUNK);
        try (WriteSlot slot = pool.admit(8 * CHUNK, Duration.ZERO)) {
            assertThat(pool.reservedBytes()).isEqualTo(8 * CHUNK);
            assertThat(pool.usedBytes()).isZero();
            slot.giveBack(slot.take(), true);
        }
        assertThat(pool.reservedBytes()).isZero();
    }

    @Test
    void whoDoesNotWaitIsToldAtOnce() throws StoreException {
        PartPool pool = new PartPool(10 * CHUNK, 10 * CHUNK);
        try (WriteSlot _ = pool.admit(8 * CHUNK, Duration.ZERO)) {
            assertBusy(() -> pool.admit(3 * CHUNK, Duration.ZERO));
            pool.admit(2 * CHUNK, Duration.ZERO).close();
        }
    }

    @Test
    void whoWaitsIsServedInOrder() throws Exception {
        PartPool pool = new PartPool(10 * CHUNK, 10 * CHUNK);
        WriteSlot first = pool.admit(10 * CHUNK, Duration.ZERO);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<WriteSlot> large = executor.submit(() -> pool.admit(9 * CHUNK, LONG));
            Bytes.await("somebody waits", pool::isContended);
            first.shrinkTo(8 * CHUNK);
            // Two chunks are there, but the one who came first needs nine.
            assertBusy(() -> pool.admit(CHUNK, Duration.ZERO));
            assertThat(first.tryExtend(CHUNK)).isFalse();
            first.close();
            large.get().close();
        }
        assertThat(pool.reservedBytes()).isZero();
    }

    @Test
    void extraMemoryHasABoundOfItsOwn() throws StoreException {
        PartPool pool = new PartPool(10 * CHUNK, 2 * CHUNK);
        try (WriteSlot first = pool.admit(CHUNK, Duration.ZERO);
                WriteSlot second = pool.admit(CHUNK, Duration.ZERO)) {
            assertThat(first.tryExtend(2 * CHUNK)).isTrue();
            assertThat(second.tryExtend(CHUNK)).isFalse();
            first.shrinkTo(2 * CHUNK);
            assertThat(second.tryExtend(CHUNK)).isTrue();
            pool.admit(6 * CHUNK, Duration.ZERO).close();
        }
        assertThat(pool.reservedBytes()).isZero();
    }

    @Test
    void aSlotThatClosesWaitsForItsChunks() throws StoreException {
        PartPool pool = new PartPool(10 * CHUNK, 10 * CHUNK);
        WriteSlot slot = pool.admit(8 * CHUNK, Duration.ZERO);
        ByteBuffer chunk = slot.take();
        slot.close();

        assertThat(pool.reservedBytes()).isEqualTo(CHUNK);
        slot.giveBack(chunk, false);
        assertThat(pool.reservedBytes()).isZero();
        assertThat(pool.usedBytes()).isZero();
    }

    @Test
    void nobodyTakesMoreThanIsReserved() throws StoreException {
        PartPool pool = new PartPool(10 * CHUNK, 10 * CHUNK);
        try (WriteSlot slot = pool.admit(1, Duration.ZERO)) {
            ByteBuffer chunk = slot.take();
            assertThatThrownBy(slot::take).isInstanceOf(IllegalStateException.class);
            slot.giveBack(chunk, true);
        }
    }

    @Test
    void anAccountThatIsAloneMayHaveAll() throws StoreException {
        PartPool pool = new PartPool(4 * CHUNK, 0);
        List<WriteSlot> slots = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            slots.add(pool.admit("greedy", CHUNK, Duration.ZERO));
        }
        assertThat(pool.reservedBytes()).isEqualTo(pool.budgetBytes());
        slots.forEach(WriteSlot::close);
        assertThat(pool.reservedBytes()).isZero();
    }

    /** Takes a reservation when it can be had, and holds it until it is told to let go. */
    private static Future<?> holdOne(
            ExecutorService executor, PartPool pool, String account, AtomicLong served, CountDownLatch letGo) {
        return executor.submit(() -> {
            try (WriteSlot _ = pool.admit(account, CHUNK, LONG)) {
                served.incrementAndGet();
                letGo.await();
            }
            return null;
        });
    }

    @Test
    void anAccountWithManyWaitingCannotKeepAnotherOut() throws Exception {
        PartPool pool = new PartPool(4 * CHUNK, 0);
        List<WriteSlot> held = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            held.add(pool.admit("greedy", CHUNK, Duration.ZERO));
        }
        AtomicLong served = new AtomicLong();
        CountDownLatch letGo = new CountDownLatch(1);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> greedy = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                greedy.add(holdOne(executor, pool, "greedy", served, letGo));
            }
            Bytes.await("a hundred wait", () -> pool.waiting() == 100);
            Future<WriteSlot> modest = executor.submit(() -> pool.admit("modest", CHUNK, LONG));
            Bytes.await("the other waits, too", () -> pool.waiting() == 101);

            held.removeFirst().close();
            try (WriteSlot _ = modest.get(Patience.SECONDS, TimeUnit.SECONDS)) {
                assertThat(pool.waiting()).isEqualTo(100);
                // Nobody else waits: what is free is anybody's.
                held.removeFirst().close();
                Bytes.await("one of the hundred is served", () -> served.get() == 1);
            }
            held.forEach(WriteSlot::close);
            letGo.countDown();
            for (Future<?> waiter : greedy) {
                waiter.get(Patience.SECONDS, TimeUnit.SECONDS);
            }
        }
        assertThat(pool.reservedBytes()).isZero();
        assertThat(pool.waiting()).isZero();
    }

    /** Two that want all come to half each, whoever came first. */
    @Test
    void accountsThatWantMoreThanThereIsShareIt() throws Exception {
        PartPool pool = new PartPool(8 * CHUNK, 0);
        WriteSlot all = pool.admit("somebody", 8 * CHUNK, Duration.ZERO);
        AtomicLong servedFirst = new AtomicLong();
        AtomicLong servedSecond = new AtomicLong();
        CountDownLatch letGo = new CountDownLatch(1);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> transfers = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                transfers.add(holdOne(executor, pool, "first", servedFirst, letGo));
            }
            Bytes.await("ten wait", () -> pool.waiting() == 10);
            for (int i = 0; i < 10; i++) {
                transfers.add(holdOne(executor, pool, "second", servedSecond, letGo));
            }
            Bytes.await("all wait", () -> pool.waiting() == 20);
            all.close();
            Bytes.await("half each", () -> servedFirst.get() == 4 && servedSecond.get() == 4);
            assertThat(pool.reservedBytes()).isEqualTo(pool.budgetBytes());
            letGo.countDown();
            for (Future<?> transfer : transfers) {
                transfer.get(Patience.SECONDS, TimeUnit.SECONDS);
            }
        }
        assertThat(pool.reservedBytes()).isZero();
    }

    @Test
    void whoGivesUpWaitingLeavesNothingBehind() throws Exception {
        PartPool pool = new PartPool(4 * CHUNK, 0);
        WriteSlot held = pool.admit("first", 4 * CHUNK, Duration.ZERO);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<WriteSlot> interrupted = executor.submit(() -> pool.admit("second", 4 * CHUNK, LONG));
            Bytes.await("one waits", () -> pool.waiting() == 1);
            Future<WriteSlot> behind = executor.submit(() -> pool.admit("second", CHUNK, LONG));
            Bytes.await("two wait", () -> pool.waiting() == 2);
            held.shrinkTo(3 * CHUNK);
            assertThat(pool.waiting()).isEqualTo(2);
            interrupted.cancel(true);
            behind.get(Patience.SECONDS, TimeUnit.SECONDS).close();
        }
        assertBusy(() -> pool.admit("third", 4 * CHUNK, Duration.ofMillis(1)));
        held.close();
        assertThat(pool.reservedBytes()).isZero();
        assertThat(pool.waiting()).isZero();
    }

    @Test
    void theBudgetHoldsUnderContention() throws Exception {
        PartPool pool = new PartPool(32 * CHUNK, 16 * CHUNK);
        AtomicLong most = new AtomicLong();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> transfers = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int size = 1 + i % 8;
                String account = "account-" + i % 3;
                transfers.add(executor.submit(() -> {
                    try (WriteSlot slot = pool.admit(account, (long) size * CHUNK, LONG)) {
                        List<ByteBuffer> chunks = new ArrayList<>();
                        for (int c = 0; c < size; c++) {
                            chunks.add(slot.take());
                        }
                        if (slot.tryExtend(CHUNK)) {
                            chunks.add(slot.take());
                        }
                        most.accumulateAndGet(pool.reservedBytes(), Math::max);
                        chunks.forEach(chunk -> slot.giveBack(chunk, true));
                    }
                    return null;
                }));
            }
            for (Future<?> transfer : transfers) {
                transfer.get();
            }
        }
        assertThat(most.get()).isPositive().isLessThanOrEqualTo(32 * CHUNK);
        assertThat(pool.reservedBytes()).isZero();
        assertThat(pool.usedBytes()).isZero();
    }
}
