package dev.slipway.sftp.subsystem;

import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Work of a channel that runs in parallel with its stream of requests, on separate threads, so that long requests do
 * not hold up later ones. A few run at once; beyond that the stream waits, and with it the client.
 */
final class ParallelRequests {
    private static final int PLACES = 4;

    private final Executor executor;
    private final Semaphore places = new Semaphore(PLACES);
    private final AtomicInteger working = new AtomicInteger();

    /** @param executor gives each task a thread that may block */
    ParallelRequests(Executor executor) {
        this.executor = executor;
    }

    /**
     * Does some work, then reports it. Blocks if too much work is running.
     *
     * @param tell reports; may wait for the client, which does not count as work
     */
    void run(Runnable work, Runnable tell) {
        Runnable both = () -> {
            working.incrementAndGet();
            try {
                work.run();
            } finally {
                working.decrementAndGet();
            }
            tell.run();
        };
        if (!places.tryAcquire()) {
            both.run();
            return;
        }
        boolean handedOver = false;
        try {
            executor.execute(() -> {
                try {
                    both.run();
                } finally {
                    places.release();
                }
            });
            handedOver = true;
        } finally {
            if (!handedOver) {
                places.release();
            }
        }
    }

    /** Whether any work is running. */
    boolean isWorking() {
        return working.get() > 0;
    }

    /** Waits until all work is done and reported. */
    void awaitEnd() {
        places.acquireUninterruptibly(PLACES);
        places.release(PLACES);
    }
}
