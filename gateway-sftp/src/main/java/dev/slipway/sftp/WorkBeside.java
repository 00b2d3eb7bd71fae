package dev.slipway.sftp;

import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What is done for a channel beside its stream of requests, on threads of its own: what takes long must not keep what
 * comes behind it waiting. A few at once; beyond that the stream waits, and with it the client.
 */
final class WorkBeside {
    private static final int PLACES = 4;

    private final Executor executor;
    private final Semaphore places = new Semaphore(PLACES);
    private final AtomicInteger working = new AtomicInteger();

    /** @param executor gives each task a thread that may block */
    WorkBeside(Executor executor) {
        this.executor = executor;
    }

    /**
     * Does some work, and then tells of it. Blocks where there is no place for it beside the caller's own.
     *
     * @param tell may wait for the client, which does not count as work
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

    /** Whether anything is being done at this moment. */
    boolean isWorking() {
        return working.get() > 0;
    }

    /** Waits until all is done and told. */
    void awaitEnd() {
        places.acquireUninterruptibly(PLACES);
        places.release(PLACES);
    }
}
