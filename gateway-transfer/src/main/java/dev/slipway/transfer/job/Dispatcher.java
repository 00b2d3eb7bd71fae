package dev.slipway.transfer.job;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.StateException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims due jobs for this gateway, never more than there are free threads, and gives each to a thread. Changes by this
 * gateway wake it; those by others are found by polling.
 */
final class Dispatcher {
    private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);

    private static final Duration STOPPING = Duration.ofSeconds(1);

    private final StateDatabase database;
    private final Clock clock;
    private final Takeover takeover;
    private final Set<String> kinds;
    private final Consumer<String> work;
    private final int threads;
    private final long polling;
    private final ExecutorService jobThreads;
    private final Thread thread = Thread.ofPlatform().name("jobs-due").daemon().unstarted(this::run);
    private final Semaphore wakes = new Semaphore(0);

    /**
     * The jobs that threads have in hand, from before their rows say so until after they no longer do. Only the dispatcher's
     * thread adds to it. A job in hand is not claimed again.
     */
    private final Set<String> inHand = ConcurrentHashMap.newKeySet();

    private final Object changed = new Object();

    @GuardedBy("changed")
    private boolean isClaiming;

    private volatile boolean draining;
    private volatile boolean closed;
    private boolean isFailing;

    /**
     * Does nothing before {@link #start}.
     *
     * @param kinds the kinds of jobs that are claimed
     * @param work is given the id of each job that was claimed, or may have been; blocks while there is something to do
     */
    Dispatcher(
            StateDatabase database,
            Clock clock,
            JobSettings settings,
            Takeover takeover,
            Set<String> kinds,
            Consumer<String> work) {
        this.database = database;
        this.clock = clock;
        this.takeover = takeover;
        this.kinds = kinds;
        this.work = work;
        this.threads = settings.running();
        this.polling = settings.polling().toNanos();
        // Platform threads: jobs compute digests and ciphers for long, which would keep other virtual threads waiting.
        this.jobThreads = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().name("job-", 0).daemon().factory());
    }

    void start() {
        thread.start();
    }

    /** Has it look for due jobs now. */
    void wake() {
        wakes.release();
    }

    private void run() {
        long polled = System.nanoTime() - polling;
        while (!closed) {
            try {
                if (System.nanoTime() - polled >= polling) {
                    polled = System.nanoTime();
                    takeover.freeForgotten(inHand);
                }
                dispatch();
                isFailing = false;
            } catch (StateException e) {
                if (!isFailing) {
                    log.warn("Due jobs cannot be claimed; retrying: {}", e.getMessage());
                }
                isFailing = true;
            } catch (RuntimeException e) {
                log.error("Claiming due jobs failed; retrying", e);
            }
            try {
                var _ = wakes.tryAcquire(polling, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                return;
            }
            var _ = wakes.drainPermits();
        }
    }

    private void dispatch() {
        int free;
        synchronized (changed) {
            free = threads - inHand.size();
            if (draining || free <= 0) {
                return;
            }
            isClaiming = true;
        }
        try {
            claim(free);
        } finally {
            synchronized (changed) {
                isClaiming = false;
                changed.notifyAll();
            }
        }
    }

    /** If the answer to the commit was lost, the jobs may be claimed: whoever has them in hand finds that out. */
    private void claim(int free) {
        List<String> claimed = new ArrayList<>();
        try {
            database.inTransaction(handle -> {
                // The database may have rolled back an earlier try.
                claimed.forEach(inHand::remove);
                claimed.clear();
                claimed.addAll(QueueTable.next(
                        handle,
                        new QueueTable.Wanted(kinds, Set.copyOf(inHand), clock.instant(), free),
                        database.isShared()));
                if (!claimed.isEmpty()) {
                    inHand.addAll(claimed);
                    QueueTable.claim(handle, claimed, database.run());
                }
                return true;
            });
        } finally {
            claimed.forEach(this::hand);
        }
    }

    private void hand(String id) {
        try {
            jobThreads.execute(() -> {
                try {
                    work.accept(id);
                } finally {
                    putDown(id);
                }
            });
        } catch (RejectedExecutionException e) {
            log.debug("The gateway stops; the next one takes over job {}", id, e);
            putDown(id);
        }
    }

    private void putDown(String id) {
        synchronized (changed) {
            inHand.remove(id);
            changed.notifyAll();
        }
        wake();
    }

    /** Claims no more jobs. */
    void drain() {
        synchronized (changed) {
            draining = true;
        }
    }

    /** Whether jobs are not to be started any more. */
    boolean isDraining() {
        return draining;
    }

    /** The jobs that threads have in hand. */
    Set<String> inHand() {
        return Set.copyOf(inHand);
    }

    /** Waits until no thread has a job in hand, and returns whether that is so within the time. */
    boolean isIdleWithin(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        synchronized (changed) {
            while (isClaiming || !inHand.isEmpty()) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                try {
                    TimeUnit.NANOSECONDS.timedWait(changed, left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
        }
        return true;
    }

    /** Ends the threads; interrupts those that still have a job in hand. */
    void close() {
        drain();
        closed = true;
        wake();
        jobThreads.shutdown();
        try {
            if (!jobThreads.awaitTermination(STOPPING.toMillis(), TimeUnit.MILLISECONDS)) {
                jobThreads.shutdownNow();
            }
            if (thread.getState() != Thread.State.NEW) {
                thread.join(STOPPING);
            }
        } catch (InterruptedException e) {
            jobThreads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
