package dev.slipway.sftp.transport;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Computes key exchanges on a few dedicated threads, since each takes milliseconds of CPU time and costs a client next
 * to nothing. Parties take turns, however many exchanges each has waiting. Safe for use by several threads.
 */
public final class KeyExchanges implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(KeyExchanges.class);
    private static final long WARNING_INTERVAL = TimeUnit.SECONDS.toNanos(10);

    private final int limit;
    private final int limitPerParty;
    private final ExecutorService threads;
    private final AtomicLong refused = new AtomicLong();

    /** The party whose turn is next comes first. */
    @GuardedBy("this")
    private final Map<Object, Queue<Runnable>> waiting = new LinkedHashMap<>();

    @GuardedBy("this")
    private int waitingCount;

    @GuardedBy("this")
    private int running;

    @GuardedBy("this")
    private long nextWarning = System.nanoTime();

    /**
     * @param limit how many may wait
     * @param limitPerParty how many of one party may wait
     */
    public KeyExchanges(int limit, int limitPerParty) {
        this.limit = limit;
        this.limitPerParty = limitPerParty;
        // Half of the processors are left to logged-in sessions.
        this.threads = Executors.newFixedThreadPool(
                Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
                Thread.ofPlatform().name("sftp-kex-", 0).daemon().factory());
    }

    /**
     * Runs a computation when it is its party's turn. Never blocks.
     *
     * @param party the party, such as an address
     * @param step must not throw
     * @return false if there are too many already
     */
    public boolean submit(Object party, Runnable step) {
        synchronized (this) {
            int own = waitingOf(party);
            if (waitingCount >= limit || own >= limitPerParty) {
                refused.incrementAndGet();
                warn(own);
                return false;
            }
            add(party, step);
        }
        threads.execute(this::runNext);
        return true;
    }

    /**
     * As {@link #submit}, without a limit: for later steps of a key exchange, and for parties that have few at once.
     */
    void submitAlways(Object party, Runnable step) {
        synchronized (this) {
            add(party, step);
        }
        threads.execute(this::runNext);
    }

    @GuardedBy("this")
    private int waitingOf(Object party) {
        Queue<Runnable> steps = waiting.get(party);
        return steps == null ? 0 : steps.size();
    }

    @GuardedBy("this")
    private void add(Object party, Runnable step) {
        waitingCount++;
        waiting.computeIfAbsent(party, _ -> new ArrayDeque<>()).add(step);
    }

    @GuardedBy("this")
    private void warn(int own) {
        long now = System.nanoTime();
        if (now - nextWarning >= 0) {
            nextWarning = now + WARNING_INTERVAL;
            log.warn(
                    "A key exchange was refused: {} are waiting, {} of them from the same address; {} were refused"
                            + " since startup",
                    waitingCount,
                    own,
                    refused.get());
        }
    }

    private void runNext() {
        Runnable step;
        synchronized (this) {
            Iterator<Map.Entry<Object, Queue<Runnable>>> turns =
                    waiting.entrySet().iterator();
            Map.Entry<Object, Queue<Runnable>> turn = turns.next();
            Object party = turn.getKey();
            Queue<Runnable> steps = turn.getValue();
            step = steps.remove();
            turns.remove();
            if (!steps.isEmpty()) {
                waiting.put(party, steps);
            }
            waitingCount--;
            running++;
        }
        try {
            step.run();
        } finally {
            synchronized (this) {
                running--;
            }
        }
    }

    /** How many are waiting or being computed now. */
    public synchronized int count() {
        return waitingCount + running;
    }

    /** How many were refused since the start. */
    public long refused() {
        return refused.get();
    }

    /** Ends the threads; waiting computations are dropped. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
