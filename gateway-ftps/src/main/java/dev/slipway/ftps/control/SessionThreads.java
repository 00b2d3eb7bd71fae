package dev.slipway.ftps.control;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.MDC;

/**
 * Threads for the work of sessions, which may block. No task waits for another one. Platform threads are used up to a
 * limit, since a thread that waits for its client thousands of times in a transfer is cheaper that way (ADR 25);
 * further tasks get virtual threads. A platform thread is reused, with an empty logging context (MDC), and ends after a
 * while without tasks. Safe for use by several threads.
 */
public final class SessionThreads implements Executor {
    /** Far more than a machine's processors can serve at once, and a tenth of systemd's limit for a service. */
    private static final int MOST_PLATFORM_THREADS = 512;

    private static final Duration KEPT = Duration.ofSeconds(20);

    private final ThreadPoolExecutor platform;
    private final ExecutorService virtual;

    public SessionThreads() {
        this(MOST_PLATFORM_THREADS);
    }

    public SessionThreads(int mostPlatformThreads) {
        this.virtual = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("ftp-session-virtual-", 0).factory());
        this.platform = new Pool(mostPlatformThreads, this::startVirtual);
    }

    /** Starts a task at once, even after {@link #end} was called: the remaining work is then to close things. */
    @Override
    public void execute(Runnable task) {
        try {
            platform.execute(task);
        } catch (OutOfMemoryError e) {
            // "unable to create native thread": the machine or the container allows no more
            startVirtual(task);
        }
    }

    private void startVirtual(Runnable task) {
        try {
            virtual.execute(task);
        } catch (RejectedExecutionException e) {
            Thread.startVirtualThread(task);
        }
    }

    /**
     * Waits until all that was started has ended, and lets the threads end. What is started later is not waited for.
     *
     * @return whether all has ended before the limit was over
     */
    public boolean end(Duration limit) throws InterruptedException {
        long start = System.nanoTime();
        platform.shutdown();
        virtual.shutdown();
        return platform.awaitTermination(limit.toNanos(), TimeUnit.NANOSECONDS)
                && virtual.awaitTermination(limit.toNanos() - (System.nanoTime() - start), TimeUnit.NANOSECONDS);
    }

    private static final class Pool extends ThreadPoolExecutor {
        /** @param others runs tasks for which there is no thread, and those after the end */
        Pool(int most, Executor others) {
            super(
                    0,
                    most,
                    KEPT.toMillis(),
                    TimeUnit.MILLISECONDS,
                    new SynchronousQueue<>(),
                    Thread.ofPlatform().daemon().name("ftp-session-", 0).factory(),
                    (task, _) -> others.execute(task));
        }

        @Override
        protected void afterExecute(Runnable task, Throwable failure) {
            MDC.clear();
        }
    }
}
