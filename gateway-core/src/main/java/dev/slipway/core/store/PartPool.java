package dev.slipway.core.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Failure;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A budget of direct memory for bytes on their way to or from the store. A transfer reserves what it may use when it is
 * opened, and takes chunks from its reservation as bytes arrive, so that a file of one byte holds one chunk.
 * Reservations never exceed the budget, and chunks never exceed the reservation.
 *
 * <p>No account can block others by opening many transfers. An account that holds memory gets more only if enough stays
 * free for others: as much as it asks for, and a share of what it would then hold. Among waiting transfers, those of
 * the account that holds least come first.
 *
 * <p>Thread-safe.
 */
public final class PartPool {
    /** The size of a chunk, in bytes. */
    public static final int CHUNK_BYTES = 64 * 1024;

    /** An account alone gets up to nine tenths of the memory for transfers. */
    private static final int TRANSFERS_SHARE = 9;

    /** An account alone gets up to half of a budget whose reservations do not wait. */
    private static final int RESERVATIONS_SHARE = 1;

    private final int budgetChunks;
    private final int share;
    private final FreeChunks free = new FreeChunks(CHUNK_BYTES, System::nanoTime);
    private final AtomicLong chunksInUse = new AtomicLong();

    /** Guards the following fields. */
    private final Object lock = new Object();

    /** Changed under the lock. Every transfer reads it for every chunk, without the lock. */
    private final AtomicInteger unreserved = new AtomicInteger();

    @GuardedBy("lock")
    private int unusedExtra;

    @GuardedBy("lock")
    private int open;

    @GuardedBy("lock")
    private final Map<String, Integer> reservedByAccount = new HashMap<>();

    @GuardedBy("lock")
    private final SequencedSet<Waiter> waiting = new LinkedHashSet<>();

    private static final class Waiter {
        private final String account;
        private final int chunks;
        private final boolean growing;
        private final CountDownLatch served = new CountDownLatch(1);

        Waiter(String account, int chunks, boolean growing) {
            this.account = account;
            this.chunks = chunks;
            this.growing = growing;
        }
    }

    /**
     * @param budgetBytes the most bytes that can be reserved at once, from {@value #CHUNK_BYTES} to 128 TiB; rounded
     *     down to whole chunks
     * @param extraBytes how much of it all transfers together may take at most beyond what they reserved when they were
     *     opened; the rest stays free for new transfers, however fast the present ones are
     * @param share how many times as much an account may hold as it leaves free, at least 1
     */
    PartPool(long budgetBytes, long extraBytes, int share) {
        long chunks = budgetBytes / CHUNK_BYTES;
        if (chunks < 1 || chunks > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "the budget must be at least " + CHUNK_BYTES + " bytes, not " + budgetBytes);
        }
        budgetChunks = (int) chunks;
        this.share = share;
        unreserved.set(budgetChunks);
        unusedExtra = Math.clamp(extraBytes / CHUNK_BYTES, 0, budgetChunks);
    }

    /**
     * A budget for uploads. A quarter of it speeds up uploads that are alone; the rest is for admission.
     *
     * @param budgetBytes the most bytes that can be reserved at once
     */
    public static PartPool forUploads(long budgetBytes) {
        return new PartPool(budgetBytes, budgetBytes / 4, TRANSFERS_SHARE);
    }

    /**
     * A budget for downloads. Most of it is for reading ahead, since a download needs little to start.
     *
     * @param budgetBytes the most bytes that can be reserved at once
     */
    public static PartPool forDownloads(long budgetBytes) {
        return new PartPool(budgetBytes, budgetBytes / 4 * 3, TRANSFERS_SHARE);
    }

    /**
     * A budget for {@link #tryAdmit}, without extra memory for admitted transfers.
     *
     * @param budgetBytes the most bytes that can be reserved at once
     */
    public static PartPool forReservations(long budgetBytes) {
        return new PartPool(budgetBytes, 0, RESERVATIONS_SHARE);
    }

    /** The most bytes that can be reserved. */
    public long budgetBytes() {
        return (long) budgetChunks * CHUNK_BYTES;
    }

    /** The bytes that are reserved now; 0 if no transfer is open. */
    public long reservedBytes() {
        return (long) (budgetChunks - unreserved.get()) * CHUNK_BYTES;
    }

    /** The bytes of the chunks that transfers hold now; 0 if no transfer is open. */
    public long usedBytes() {
        return chunksInUse.get() * CHUNK_BYTES;
    }

    /** The number of open transfers. */
    public int open() {
        synchronized (lock) {
            return open;
        }
    }

    /** How many transfers wait for a reservation. */
    public int waiting() {
        synchronized (lock) {
            return waiting.size();
        }
    }

    /** The bytes reserved by the account that has reserved most; 0 if no transfer is open. */
    public long largestAccountBytes() {
        synchronized (lock) {
            return reservedByAccount.values().stream()
                            .mapToLong(Integer::longValue)
                            .max()
                            .orElse(0)
                    * CHUNK_BYTES;
        }
    }

    /**
     * Reserves memory for a transfer. Among waiting transfers, those of the account that holds least come first, in
     * order of arrival within an account. An account that holds nothing is served as soon as there is memory; others
     * only if enough stays free.
     *
     * @param account the account that transfers; the gateway's own transfers count as those of one account
     * @param bytes how much to reserve, up to the budget; rounded up to whole chunks
     * @param wait the longest time to wait for it; zero to not wait at all
     * @throws StoreException {@link Failure#BUSY} if the memory did not become free in time, {@link Failure#TOO_LARGE}
     *     if it is more than the budget, {@link Failure#ABORTED} if the thread was interrupted
     */
    public MemorySlot admit(String account, long bytes, Duration wait) throws StoreException {
        Waiter waiter = waiter(account, bytes, false);
        synchronized (lock) {
            waiting.add(waiter);
            serve();
        }
        return await(waiter, wait);
    }

    /**
     * Closes the slot of a transfer and reserves more memory for it. It comes before transfers of its account that have
     * not started, and is served as soon as the same amount again stays free for others. Holds nothing while it waits.
     *
     * @throws StoreException as {@link #admit}; the slot is closed in any case
     */
    MemorySlot grow(MemorySlot slot, String account, long bytes, Duration wait) throws StoreException {
        Waiter waiter;
        try {
            waiter = waiter(account, bytes, true);
            synchronized (lock) {
                // Queued before the slot is closed, so that this transfer comes first for the memory that it frees.
                waiting.add(waiter);
            }
        } finally {
            slot.close();
        }
        synchronized (lock) {
            serve();
        }
        return await(waiter, wait);
    }

    private Waiter waiter(String account, long bytes, boolean growing) throws StoreException {
        int chunks = chunks(bytes);
        if (chunks > budgetChunks) {
            throw new StoreException(
                    Failure.TOO_LARGE, "a reservation of " + bytes + " bytes exceeds the budget of " + budgetBytes());
        }
        return new Waiter(account, chunks, growing);
    }

    private MemorySlot await(Waiter waiter, Duration wait) throws StoreException {
        try {
            if (!waiter.served.await(wait.toNanos(), TimeUnit.NANOSECONDS) && withdraw(waiter)) {
                throw new StoreException(
                        Failure.BUSY, "the part memory of " + budgetBytes() + " bytes is in use by other transfers");
            }
        } catch (InterruptedException e) {
            if (!withdraw(waiter)) {
                closed();
                unreserve(waiter.account, waiter.chunks, 0);
            }
            Thread.currentThread().interrupt();
            throw new StoreException(Failure.ABORTED, "interrupted while waiting for part memory", e);
        }
        return new MemorySlot(this, waiter.account, waiter.chunks);
    }

    /**
     * Reserves memory if that is possible at once, under the same rules as {@link #admit}.
     *
     * @param bytes rounded up to whole chunks
     * @return empty if the memory is in use
     */
    public Optional<MemorySlot> tryAdmit(String account, long bytes) {
        int chunks = chunks(bytes);
        synchronized (lock) {
            if (!waiting.isEmpty() || !mayHave(account, chunks, false)) {
                return Optional.empty();
            }
            reserve(account, chunks);
            open++;
        }
        return Optional.of(new MemorySlot(this, account, chunks));
    }

    /** Stops waiting. Returns false if the waiter has been served meanwhile. */
    private boolean withdraw(Waiter waiter) {
        synchronized (lock) {
            boolean waited = waiting.remove(waiter);
            serve();
            return waited;
        }
    }

    /** Serves waiters as far as the memory allows. */
    @GuardedBy("lock")
    private void serve() {
        for (Waiter next = next(); next != null && mayHave(next); next = next()) {
            waiting.remove(next);
            reserve(next.account, next.chunks);
            open++;
            next.served.countDown();
        }
    }

    /**
     * Returns the next waiter to serve, now or once there is memory: the first of the account that holds least. An
     * account that would leave too little free is skipped with all its transfers, but an account that holds nothing is
     * never overtaken. Within an account, smaller requests do not overtake larger ones.
     */
    @GuardedBy("lock")
    private @Nullable Waiter next() {
        Map<String, Waiter> first = new LinkedHashMap<>();
        for (Waiter waiter : waiting) {
            first.merge(waiter.account, waiter, (one, other) -> other.growing && !one.growing ? other : one);
        }
        Waiter next = null;
        for (Waiter waiter : first.values()) {
            int held = held(waiter.account);
            if ((held == 0 || mayHave(waiter)) && (next == null || held < held(next.account))) {
                next = waiter;
            }
        }
        return next;
    }

    @GuardedBy("lock")
    private boolean mayHave(Waiter waiter) {
        return mayHave(waiter.account, waiter.chunks, waiter.growing);
    }

    @GuardedBy("lock")
    private int held(String account) {
        return reservedByAccount.getOrDefault(account, 0);
    }

    /**
     * Whether an account may reserve so many more chunks now. A growing transfer needs to leave less free, since it has
     * already sent gigabytes.
     */
    @GuardedBy("lock")
    private boolean mayHave(String account, int chunks, boolean growing) {
        long held = held(account);
        long rest = (long) unreserved.get() - chunks;
        if (held == 0) {
            return rest >= 0;
        }
        return rest >= chunks && (growing || rest * share >= held + chunks);
    }

    @GuardedBy("lock")
    private void reserve(String account, int chunks) {
        unreserved.addAndGet(-chunks);
        reservedByAccount.merge(account, chunks, Integer::sum);
    }

    /** Reserves more only if no transfer waits for admission and at least half of the budget is free. */
    boolean tryReserveExtra(String account, int chunks) {
        synchronized (lock) {
            if (isCrowded() || isContended() || chunks > unusedExtra || chunks > unreserved.get()) {
                return false;
            }
            unusedExtra -= chunks;
            reserve(account, chunks);
            return true;
        }
    }

    /** Whether so many transfers are open that each should use little: more than half of the budget is reserved. */
    boolean isCrowded() {
        return unreserved.get() < budgetChunks / 2;
    }

    /** Whether a transfer waits for admission. */
    boolean isContended() {
        return waiting() > 0;
    }

    /** An admitted transfer is over. */
    void closed() {
        synchronized (lock) {
            open--;
        }
    }

    void unreserve(String account, int chunks, int ofThemExtra) {
        synchronized (lock) {
            unusedExtra += ofThemExtra;
            unreserved.addAndGet(chunks);
            reservedByAccount.computeIfPresent(account, (_, held) -> held == chunks ? null : held - chunks);
            serve();
        }
    }

    ByteBuffer takeChunk() {
        ByteBuffer chunk = free.take();
        chunksInUse.incrementAndGet();
        return chunk;
    }

    void returnChunk(ByteBuffer chunk, boolean reusable) {
        chunksInUse.decrementAndGet();
        if (reusable) {
            free.add(chunk);
        }
    }

    static int chunks(long bytes) {
        return Math.toIntExact((bytes + CHUNK_BYTES - 1) / CHUNK_BYTES);
    }
}
