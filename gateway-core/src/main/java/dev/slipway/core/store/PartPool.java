package dev.slipway.core.store;

import dev.slipway.core.Failure;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One budget of direct memory for the bytes that are on their way to or from the store. A transfer reserves what it may
 * use when it is opened; what it does use is taken chunk by chunk as bytes arrive, so that a file of one byte holds one
 * chunk. Reservations never exceed the budget, and chunks never exceed the reservation.
 *
 * <p>No account can keep the others out by opening many transfers. One that holds memory gets more only where enough stays
 * free for others: as much as it asks for, and a share of what it would then hold. Among those who wait, the account that
 * holds least comes first.
 *
 * <p>Safe for use by several threads.
 */
public final class PartPool {
    /** The size of a chunk, in bytes. */
    public static final int CHUNK_BYTES = 64 * 1024;

    /** An account alone gets up to nine tenths of the memory for transfers. */
    private static final int TRANSFERS_SHARE = 9;

    /** An account alone gets up to half of what is not waited for. */
    private static final int RESERVATIONS_SHARE = 1;

    private final int budgetChunks;
    private final int share;
    private final ConcurrentLinkedQueue<ByteBuffer> free = new ConcurrentLinkedQueue<>();
    private final AtomicLong chunksInUse = new AtomicLong();

    /** Guards what follows. */
    private final Object lock = new Object();

    /** Changed under the lock, but read by every transfer for every chunk, and so without it. */
    private final AtomicInteger unreserved = new AtomicInteger();

    private int unusedExtra;
    private int open;
    private final Map<String, Integer> reservedByAccount = new HashMap<>();
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
     * @param extraBytes how much of it, at the most, all transfers together may take beyond what they reserved when they
     *     were opened: the rest stays for those who come, however fast the present ones are
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
     * Memory for uploads. A quarter of it speeds up those that are alone; the rest admits.
     *
     * @param budgetBytes the most bytes that can be reserved at once
     */
    public static PartPool forUploads(long budgetBytes) {
        return new PartPool(budgetBytes, budgetBytes / 4, TRANSFERS_SHARE);
    }

    /**
     * Memory for downloads. Most of it reads ahead, since a download needs little to begin with.
     *
     * @param budgetBytes the most bytes that can be reserved at once
     */
    public static PartPool forDownloads(long budgetBytes) {
        return new PartPool(budgetBytes, budgetBytes / 4 * 3, TRANSFERS_SHARE);
    }

    /**
     * A budget of which nothing is taken beyond reservations, for {@link #tryAdmit}.
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

    /** The bytes that are reserved now; 0 when no transfer is open. */
    public long reservedBytes() {
        return (long) (budgetChunks - unreserved.get()) * CHUNK_BYTES;
    }

    /** The bytes of the chunks that transfers hold now; 0 when no transfer is open. */
    public long usedBytes() {
        return chunksInUse.get() * CHUNK_BYTES;
    }

    /** How many transfers have been admitted and are not over; 0 when no transfer is open. */
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

    /** The bytes that the account with the largest reservations has reserved; 0 when no transfer is open. */
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
     * Reserves memory for a transfer. Among those who wait, the account that holds least comes first, and of its transfers
     * the one that came first. An account that holds nothing is served as soon as there is memory; another one only where
     * enough stays free for others.
     *
     * @param account whose transfer it is; the gateway's own, of no account, count as those of one account
     * @param bytes how much to reserve, up to the budget; rounded up to whole chunks
     * @param wait the longest time to wait for it; zero to not wait at all
     * @throws StoreException {@link Failure#BUSY} if it could not be had in time, {@link Failure#TOO_LARGE} if it is more
     *     than the budget, {@link Failure#ABORTED} if the thread was interrupted
     */
    public WriteSlot admit(String account, long bytes, Duration wait) throws StoreException {
        Waiter waiter = waiter(account, bytes, false);
        synchronized (lock) {
            waiting.add(waiter);
            serve();
        }
        return await(waiter, wait);
    }

    /**
     * Closes the slot of a transfer, and reserves more for it: before transfers of its account that have not begun, and as
     * soon as as much again stays free for others. Nothing is held while waiting.
     *
     * @throws StoreException as {@link #admit} says; the slot is closed all the same
     */
    WriteSlot grow(WriteSlot slot, String account, long bytes, Duration wait) throws StoreException {
        Waiter waiter;
        try {
            waiter = waiter(account, bytes, true);
            synchronized (lock) {
                // Queued before the slot is closed: what it frees is for this transfer first.
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

    private WriteSlot await(Waiter waiter, Duration wait) throws StoreException {
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
        return new WriteSlot(this, waiter.account, waiter.chunks);
    }

    /**
     * Reserves memory if it can be had at once, on the same terms as {@link #admit}.
     *
     * @param bytes rounded up to whole chunks
     * @return empty if the memory is in use
     */
    public Optional<WriteSlot> tryAdmit(String account, long bytes) {
        int chunks = chunks(bytes);
        synchronized (lock) {
            if (!waiting.isEmpty() || !mayHave(account, chunks, false)) {
                return Optional.empty();
            }
            reserve(account, chunks);
            open++;
        }
        return Optional.of(new WriteSlot(this, account, chunks));
    }

    /** Ends waiting. Returns false for one that has been served after all. */
    private boolean withdraw(Waiter waiter) {
        synchronized (lock) {
            boolean waited = waiting.remove(waiter);
            serve();
            return waited;
        }
    }

    /** Serves those who wait, as far as memory goes. */
    private void serve() {
        for (Waiter next = next(); next != null && mayHave(next); next = next()) {
            waiting.remove(next);
            reserve(next.account, next.chunks);
            open++;
            next.served.countDown();
        }
    }

    /**
     * Who is served next, now or when there is memory: the first of the account that holds least. An account that would leave
     * too little stands back with all its transfers, but one that holds nothing is not overtaken. Within an account, smaller
     * requests do not overtake larger ones.
     */
    private @Nullable Waiter next() {
        Map<String, Waiter> first = new LinkedHashMap<>();
        for (Waiter waiter : waiting) {
            first.merge(waiter.account, waiter, (one, other) -> other.growing && !one.growing ? other : one);
        }
        return first.values().stream()
                .filter(waiter -> held(waiter.account) == 0 || mayHave(waiter))
                .min(Comparator.comparingInt(waiter -> held(waiter.account)))
                .orElse(null);
    }

    private boolean mayHave(Waiter waiter) {
        return mayHave(waiter.account, waiter.chunks, waiter.growing);
    }

    private int held(String account) {
        return reservedByAccount.getOrDefault(account, 0);
    }

    /** Whether an account can have so many chunks more now. A transfer that grows has sent gigabytes already. */
    private boolean mayHave(String account, int chunks, boolean growing) {
        long held = held(account);
        long rest = (long) unreserved.get() - chunks;
        if (held == 0) {
            return rest >= 0;
        }
        return rest >= chunks && (growing || rest * share >= held + chunks);
    }

    private void reserve(String account, int chunks) {
        unreserved.addAndGet(-chunks);
        reservedByAccount.merge(account, chunks, Integer::sum);
    }

    /** Takes more only if nobody waits for admission, and at least half is free: that is enough for others. */
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

    /** Whether so many transfers are open that each should make do with little: more than half of the budget is reserved. */
    boolean isCrowded() {
        return unreserved.get() < budgetChunks / 2;
    }

    /** Whether somebody waits for admission. */
    boolean isContended() {
        return waiting() > 0;
    }

    /** A transfer that was admitted is over. */
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
        ByteBuffer chunk = free.poll();
        if (chunk == null) {
            chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
        }
        chunksInUse.incrementAndGet();
        return chunk;
    }

    void returnChunk(ByteBuffer chunk, boolean reusable) {
        chunksInUse.decrementAndGet();
        if (reusable) {
            free.add(chunk.clear());
        }
    }

    static int chunks(long bytes) {
        return Math.toIntExact((bytes + CHUNK_BYTES - 1) / CHUNK_BYTES);
    }
}
