package dev.slipway.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class PartPoolTest {
    private static final int CHUNK = PartPool.CHUNK_BYTES;
    private static final Duration LONG = Duration.ofSeconds(20);

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
    void theBudgetHoldsUnderContention() throws Exception {
        PartPool pool = new PartPool(32 * CHUNK, 16 * CHUNK);
        AtomicLong most = new AtomicLong();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> transfers = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int size = 1 + i % 8;
                transfers.add(executor.submit(() -> {
                    try (WriteSlot slot = pool.admit((long) size * CHUNK, LONG)) {
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
