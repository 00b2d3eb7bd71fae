package dev.slipway.core.store;

import dev.slipway.core.Failure;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One budget of direct memory for the bytes that are on their way to or from the store. A transfer reserves what it may
 * use when it is opened; what it does use is taken chunk by chunk as bytes arrive, so that a file of one byte holds one
 * chunk. Reservations never exceed the budget, and chunks never exceed the reservation.
 *
 * <p>Those who wait are served in the order in which they came, but an account that would come to hold more than half of
 * the budget stands back while another waits: nobody can keep everybody else out by opening many transfers.
 *
 * <p>Safe for use by several threads.
 */
public final class PartPool {
    /** The size of a chunk, in bytes. */
    public static final int CHUNK_BYTES = 64 * 1024;

    /** The account of those who belong to none. */
    private static final String NOBODY = "";

    private final int budgetChunks;
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
        private final CountDownLatch served = new CountDownLatch(1);

        Waiter(String account, int chunks) {
            this.account = account;
            this.chunks = chunks;
        }
    }

    /**
     * @param budgetBytes the most bytes that can be reserved at once, from {@value #CHUNK_BYTES} to 128 TiB; rounded
     *     down to whole chunks
     * @param extraBytes how much of it, at the most, all transfers together may take beyond what they reserved when they
     *     were opened: the rest stays for those who come, however fast the present ones are
     */
    PartPool(long budgetBytes, long extraBytes) {
        long chunks = budgetBytes / CHUNK_BYTES;
        if (chunks < 1 || chunks > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "the budget must be at least " + CHUNK_BYTES + " bytes, not " + budgetBytes);
        }
        budgetChunks = (int) chunks;
        unreserved.set(budgetChunks);
        unusedExtra = Math.clamp(extraBytes / CHUNK_BYTES, 0, budgetChunks);
    }

    /**
     * Memory for uploads. A quarter of it speeds up those that are alone; the rest admits.
     *
     * @param budgetBytes the most bytes that can be reserved at once
     */
    public static PartPool forUploads(long budgetBytes) {
        return new PartPool(budgetBytes, budgetBytes / 4);
    }

    /**
     * Memory for downloads. Most of it reads ahead, since a download needs little to begin with.
     *
     * @param budgetBytes the most bytes that can be reserved at once
     */
    public static PartPool forDownloads(long budgetBytes) {
        return new PartPool(budgetBytes, budgetBytes / 4 * 3);
    }

    /**
     * A budget of which nothing is taken beyond reservations, for {@link #tryAdmit}.
     *
     * @param budgetBytes the most bytes that can be reserved at once
     */
    public static PartPool forReservations(long budgetBytes) {
        return new PartPool(budgetBytes, 0);
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

    /** Like {@link #admit(String, long, Duration)}, where all accounts are treated as one: first come, first served. */
    public WriteSlot admit(long bytes, Duration wait) throws StoreException {
        return admit(NOBODY, bytes, wait);
    }

    /**
     * Reserves memory for a transfer. Those who wait are served in the order in which they came, save that an account
     * which would hold more than half of the budget stands back while another account waits.
     *
     * @param account whose transfer it is
     * @param bytes how much to reserve, up to the budget; rounded up to whole chunks
     * @param wait the longest time to wait for it; zero to not wait at all
     * @throws StoreException {@link Failure#BUSY} if it could not be had in time, {@link Failure#TOO_LARGE} if it is more
     *     than the budget, {@link Failure#ABORTED} if the thread was interrupted
     */
    public WriteSlot admit(String account, long bytes, Duration wait) throws StoreException {
        int chunks = chunks(bytes);
        if (chunks > budgetChunks) {
            throw new StoreException(
                    Failure.TOO_LARGE, "a reservation of " + bytes + " bytes exceeds the budget of " + budgetBytes());
        }
        Waiter waiter = new Waiter(account, chunks);
        synchronized (lock) {
            waiting.add(waiter);
            serve();
        }
        try {
            if (!waiter.served.await(wait.toNanos(), TimeUnit.NANOSECONDS) && withdraw(waiter)) {
                throw new StoreException(
                        Failure.BUSY, "the part memory of " + budgetBytes() + " bytes is in use by other transfers");
            }
        } catch (InterruptedException e) {
            if (!withdraw(waiter)) {
                closed();
                unreserve(account, chunks, 0);
            }
            Thread.currentThread().interrupt();
            throw new StoreException(Failure.ABORTED, "interrupted while waiting for part memory", e);
        }
        return new WriteSlot(this, account, chunks);
    }

    /**
     * Reserves memory if it can be had at once. An account never gets more than half of the budget in this way.
     *
     * @param bytes rounded up to whole chunks
     * @return empty if the memory is in use
     */
    public Optional<WriteSlot> tryAdmit(String account, long bytes) {
        int chunks = chunks(bytes);
        synchronized (lock) {
            int held = reservedByAccount.getOrDefault(account, 0);
            if (!waiting.isEmpty() || chunks > unreserved.get() || held + chunks > (budgetChunks + 1) / 2) {
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

    /** Serves those who wait, as far as memory goes. Whoever is next is not overtaken by those who need less. */
    private void serve() {
        while (!waiting.isEmpty()) {
            Waiter next = next();
            if (next.chunks > unreserved.get()) {
                return;
            }
            waiting.remove(next);
            reserve(next.account, next.chunks);
            open++;
            next.served.countDown();
        }
    }

    /** The first who would not come to hold more than half; where all would, the first. */
    private Waiter next() {
        for (Waiter waiter : waiting) {
            int held = reservedByAccount.getOrDefault(waiter.account, 0);
            if (held == 0 || held + waiter.chunks <= budgetChunks / 2) {
                return waiter;
            }
        }
        return waiting.getFirst();
    }

    private void reserve(String account, int chunks) {
        unreserved.addAndGet(-chunks);
        reservedByAccount.merge(account, chunks, Integer::sum);
    }

    /** Takes more only if nobody is waiting for admission. */
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
