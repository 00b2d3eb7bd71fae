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

    /** An account alone gets up to eight ninths of the pool. */
    private static PartPool pool(int chunks, int extra) {
        return new PartPool((long) chunks * CHUNK, (long) extra * CHUNK, 8);
    }

    private static void assertBusy(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.BUSY));
    }

    @Test
    void aReservationUsesNoMemoryBeforeBytesArrive() throws StoreException {
        PartPool pool = pool(10, 10);
        try (MemorySlot slot = pool.admit("anna", 8 * CHUNK, Duration.ZERO)) {
            assertThat(pool.reservedBytes()).isEqualTo(8 * CHUNK);
            assertThat(pool.usedBytes()).isZero();
            slot.giveBack(slot.take(), true);
        }
        assertThat(pool.reservedBytes()).isZero();
    }

    @Test
    void withoutWaitingAdmissionFailsAtOnce() throws StoreException {
        PartPool pool = pool(10, 10);
        try (MemorySlot _ = pool.admit("anna", 8 * CHUNK, Duration.ZERO)) {
            assertBusy(() -> pool.admit("ben", 3 * CHUNK, Duration.ZERO));
            pool.admit("carl", 2 * CHUNK, Duration.ZERO).close();
        }
    }

    @Test
    void waitersAreServedInOrder() throws Exception {
        PartPool pool = pool(10, 10);
        MemorySlot first = pool.admit("anna", 10 * CHUNK, Duration.ZERO);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<MemorySlot> large = executor.submit(() -> pool.admit("ben", 9 * CHUNK, LONG));
            Patience.await("somebody waits", pool::isContended);
            first.shrinkTo(8 * CHUNK);
            // Two chunks are free, but the first waiter needs nine.
            assertBusy(() -> pool.admit("carl", CHUNK, Duration.ZERO));
            assertThat(first.tryExtend(CHUNK)).isFalse();
            first.close();
            large.get().close();
        }
        assertThat(pool.reservedBytes()).isZero();
    }

    @Test
    void extraMemoryIsBoundedSeparately() throws StoreException {
        PartPool pool = pool(10, 2);
        try (MemorySlot first = pool.admit("anna", CHUNK, Duration.ZERO);
                MemorySlot second = pool.admit("ben", CHUNK, Duration.ZERO)) {
            assertThat(first.tryExtend(2 * CHUNK)).isTrue();
            assertThat(second.tryExtend(CHUNK)).isFalse();
            first.shrinkTo(2 * CHUNK);
            assertThat(second.tryExtend(CHUNK)).isTrue();
            pool.admit("carl", 6 * CHUNK, Duration.ZERO).close();
        }
        assertThat(pool.reservedBytes()).isZero();
    }

    @Test
    void aSlotThatClosesWaitsForItsChunks() throws StoreException {
        PartPool pool = pool(10, 10);
        MemorySlot slot = pool.admit("anna", 8 * CHUNK, Duration.ZERO);
        ByteBuffer chunk = slot.take();
        slot.close();

        assertThat(pool.reservedBytes()).isEqualTo(CHUNK);
        slot.giveBack(chunk, false);
        assertThat(pool.reservedBytes()).isZero();
        assertThat(pool.usedBytes()).isZero();
    }

    @Test
    void chunksNeverExceedTheReservation() throws StoreException {
        PartPool pool = pool(10, 10);
        try (MemorySlot slot = pool.admit("anna", 1, Duration.ZERO)) {
            ByteBuffer chunk = slot.take();
            assertThatThrownBy(slot::take).isInstanceOf(IllegalStateException.class);
            slot.giveBack(chunk, true);
        }
    }

    @Test
    void anAccountAloneGetsAllButAReserve() throws StoreException {
        PartPool pool = pool(18, 0);
        List<MemorySlot> slots = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            slots.add(pool.admit("greedy", CHUNK, Duration.ZERO));
        }
        assertBusy(() -> pool.admit("greedy", CHUNK, Duration.ZERO));
        assertThat(pool.largestAccountBytes()).isEqualTo(16 * CHUNK);
        pool.admit("modest", 2 * CHUNK, Duration.ZERO).close();
        slots.forEach(MemorySlot::close);
        assertThat(pool.reservedBytes()).isZero();
        assertThat(pool.largestAccountBytes()).isZero();
    }

    /** However small the budget is, the other account gets as much as the first one holds. */
    @Test
    void theReserveIsAtLeastAsLargeAsTheRequest() throws StoreException {
        PartPool pool = pool(31, 0);
        try (MemorySlot _ = pool.admit("greedy", 8 * CHUNK, Duration.ZERO);
                MemorySlot _ = pool.admit("greedy", 7 * CHUNK, Duration.ZERO)) {
            assertBusy(() -> pool.admit("greedy", 9 * CHUNK, Duration.ZERO));
            pool.admit("greedy", 8 * CHUNK, Duration.ZERO).close();
            pool.admit("modest", 16 * CHUNK, Duration.ZERO).close();
        }
    }

    @Test
    void reservationsWithoutWaitingLeaveAsMuchFreeAsTheAccountHolds() throws StoreException {
        PartPool pool = PartPool.forReservations(8 * CHUNK);
        try (MemorySlot _ = pool.tryAdmit("greedy", 3 * CHUNK).orElseThrow();
                MemorySlot _ = pool.tryAdmit("greedy", CHUNK).orElseThrow()) {
            assertThat(pool.tryAdmit("greedy", CHUNK)).isEmpty();
            try (MemorySlot _ = pool.tryAdmit("modest", 2 * CHUNK).orElseThrow()) {
                assertThat(pool.tryAdmit("modest", CHUNK)).isEmpty();
                pool.tryAdmit("third", CHUNK).orElseThrow().close();
            }
        }
        assertThat(pool.reservedBytes()).isZero();
    }

    /** Waits for a reservation, and holds it until the latch opens. */
    private static Future<?> holdOne(
            ExecutorService executor, PartPool pool, String account, AtomicLong served, CountDownLatch letGo) {
        return executor.submit(() -> {
            try (MemorySlot _ = pool.admit(account, CHUNK, LONG)) {
                served.incrementAndGet();
                letGo.await();
            }
            return null;
        });
    }

    /** Neither by the memory that it holds, nor by transfers that came first. */
    @Test
    void anAccountWithManyTransfersCannotBlockAnother() throws Exception {
        PartPool pool = pool(4, 0);
        AtomicLong served = new AtomicLong();
        CountDownLatch letGo = new CountDownLatch(1);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> greedy = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                greedy.add(holdOne(executor, pool, "greedy", served, letGo));
            }
            Patience.await("it has what it can get", () -> served.get() == 3 && pool.waiting() == 97);

            MemorySlot modest = pool.admit("modest", CHUNK, Duration.ZERO);
            Future<MemorySlot> another = executor.submit(() -> pool.admit("another", CHUNK, LONG));
            Patience.await("a third account waits behind the first", () -> pool.waiting() == 98);
            modest.close();
            another.get(Patience.SECONDS, TimeUnit.SECONDS).close();
            assertThat(served.get()).isEqualTo(3);

            letGo.countDown();
            for (Future<?> waiter : greedy) {
                waiter.get(Patience.SECONDS, TimeUnit.SECONDS);
            }
        }
        assertThat(pool.reservedBytes()).isZero();
        assertThat(pool.waiting()).isZero();
    }

    @Test
    void anAccountThatHoldsNothingIsNotOvertakenBySmallerRequests() throws Exception {
        PartPool pool = pool(8, 0);
        MemorySlot all = pool.admit("anna", 8 * CHUNK, Duration.ZERO);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<MemorySlot> large = executor.submit(() -> pool.admit("ben", 6 * CHUNK, LONG));
            Patience.await("one waits", () -> pool.waiting() == 1);
            all.shrinkTo(3 * CHUNK);
            assertBusy(() -> pool.admit("anna", CHUNK, Duration.ZERO));
            assertBusy(() -> pool.admit("carl", CHUNK, Duration.ZERO));
            all.close();
            large.get(Patience.SECONDS, TimeUnit.SECONDS).close();
        }
        assertThat(pool.reservedBytes()).isZero();
    }

    @Test
    void aTransferOfAnAccountAtItsShareCanGrow() throws Exception {
        PartPool pool = new PartPool(64 * CHUNK, 0, 9);
        List<MemorySlot> slots = new ArrayList<>();
        for (int i = 0; i < 57; i++) {
            slots.add(pool.admit("anna", CHUNK, Duration.ZERO));
        }
        assertBusy(() -> pool.admit("anna", CHUNK, Duration.ZERO));

        try (MemorySlot larger = slots.removeFirst().exchange(2 * CHUNK, Duration.ZERO)) {
            assertThat(larger.reservedBytes()).isEqualTo(2 * CHUNK);
            pool.admit("ben", 2 * CHUNK, Duration.ZERO).close();
        }
        slots.forEach(MemorySlot::close);
        assertThat(pool.reservedBytes()).isZero();
    }

    @Test
    void aGrowingTransferIsNotOvertakenByNewOnes() throws Exception {
        PartPool pool = new PartPool(10 * CHUNK, 0, 9);
        List<MemorySlot> slots = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            slots.add(pool.admit("anna", CHUNK, Duration.ZERO));
        }
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<MemorySlot> begins = executor.submit(() -> pool.admit("anna", CHUNK, LONG));
            Patience.await("it waits", () -> pool.waiting() == 1);
            MemorySlot smaller = slots.removeFirst();
            Future<MemorySlot> grows = executor.submit(() -> smaller.exchange(3 * CHUNK, LONG));
            Patience.await("both wait", () -> pool.waiting() == 2 && pool.reservedBytes() == 8 * CHUNK);

            for (int i = 0; i < 3; i++) {
                slots.removeFirst().close();
                assertThat(pool.waiting()).isEqualTo(2);
            }
            slots.removeFirst().close();
            assertThat(grows.get().reservedBytes()).isEqualTo(3 * CHUNK);
            slots.forEach(MemorySlot::close);
            grows.get().close();
            begins.get().close();
        }
        assertThat(pool.reservedBytes()).isZero();
    }

    /** Two accounts that want all of it get half each, whoever came first, and some stays free for a third. */
    @Test
    void accountsShareAContendedBudget() throws Exception {
        PartPool pool = pool(9, 0);
        MemorySlot all = pool.admit("somebody", 9 * CHUNK, Duration.ZERO);
        AtomicLong servedFirst = new AtomicLong();
        AtomicLong servedSecond = new AtomicLong();
        CountDownLatch letGo = new CountDownLatch(1);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> transfers = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                transfers.add(holdOne(executor, pool, "first", servedFirst, letGo));
            }
            Patience.await("ten wait", () -> pool.waiting() == 10);
            for (int i = 0; i < 10; i++) {
                transfers.add(holdOne(executor, pool, "second", servedSecond, letGo));
            }
            Patience.await("all wait", () -> pool.waiting() == 20);
            all.close();
            Patience.await("half each", () -> servedFirst.get() == 4 && servedSecond.get() == 4);
            pool.admit("third", CHUNK, Duration.ZERO).close();
            letGo.countDown();
            for (Future<?> transfer : transfers) {
                transfer.get(Patience.SECONDS, TimeUnit.SECONDS);
            }
        }
        assertThat(pool.reservedBytes()).isZero();
    }

    @Test
    void waitersThatGiveUpLeaveNothingReserved() throws Exception {
        PartPool pool = pool(4, 0);
        MemorySlot held = pool.admit("first", 4 * CHUNK, Duration.ZERO);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<MemorySlot> interrupted = executor.submit(() -> pool.admit("second", 4 * CHUNK, LONG));
            Patience.await("one waits", () -> pool.waiting() == 1);
            Future<MemorySlot> behind = executor.submit(() -> pool.admit("second", CHUNK, LONG));
            Patience.await("two wait", () -> pool.waiting() == 2);
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
    void theBudgetIsNeverExceeded() throws Exception {
        PartPool pool = pool(32, 16);
        AtomicLong most = new AtomicLong();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> transfers = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int size = 1 + i % 8;
                String account = "account-" + i % 3;
                transfers.add(executor.submit(() -> {
                    try (MemorySlot slot = pool.admit(account, (long) size * CHUNK, LONG)) {
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
