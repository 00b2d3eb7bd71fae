package dev.slipway.app;

import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repeatedly checks whether the store's buckets are usable and the state database accepts writes: often while they do
 * not, occasionally while they do.
 */
final class ReadinessProbe implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ReadinessProbe.class);
    private static final Duration FIRST_RETRY = Duration.ofMillis(250);
    private static final Duration LAST_RETRY = Duration.ofSeconds(15);
    private static final Duration WHILE_READY = Duration.ofSeconds(30);
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final ObjectStore store;
    private final Set<String> buckets;
    private final StateDatabase state;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final CountDownLatch firstReady = new CountDownLatch(1);
    private final Thread thread;

    /** Why the gateway is not ready; empty when it is. */
    private volatile String problem = "the store has not answered yet";

    private volatile boolean ready;
    private volatile boolean draining;

    ReadinessProbe(ObjectStore store, Set<String> buckets, StateDatabase state) {
        this.store = store;
        this.buckets = Set.copyOf(buckets);
        this.state = state;
        this.thread = Thread.ofVirtual().name("readiness").unstarted(this::run);
    }

    /** Begins to check. To be called once clients can connect, as nothing is ready before. */
    void start() {
        thread.start();
    }

    boolean isReady() {
        return problem().isEmpty();
    }

    /** Why the gateway is not ready; empty if it is. */
    Optional<String> problem() {
        if (draining) {
            return Optional.of("the gateway is shutting down");
        }
        // An operation may have failed since the database was last asked.
        return ready ? state.problem() : Optional.of(problem);
    }

    /** The gateway is shutting down: it is not ready any more. */
    void drain() {
        draining = true;
    }

    /** Blocks until the store has answered for the first time. */
    void awaitReady() throws InterruptedException {
        firstReady.await();
    }

    boolean awaitReady(Duration limit) throws InterruptedException {
        return firstReady.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void run() {
        Duration retry = FIRST_RETRY;
        String reported = "";
        try {
            do {
                String failure = check();
                if (closed.getCount() == 0) {
                    // Stopped during a request, which says nothing about the store.
                    break;
                }
                boolean wasReady = ready;
                problem = failure;
                ready = failure.isEmpty();
                if (ready) {
                    if (!wasReady) {
                        log.info("The store answers; the gateway is ready");
                    }
                    firstReady.countDown();
                    retry = FIRST_RETRY;
                } else {
                    if (wasReady || !failure.equals(reported)) {
                        log.warn("The gateway is not ready: {}", failure);
                    }
                    retry = retry.multipliedBy(2).compareTo(LAST_RETRY) < 0 ? retry.multipliedBy(2) : LAST_RETRY;
                }
                reported = failure;
            } while (!isClosedAfter(ready ? WHILE_READY : retry));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        problem = "the gateway is closed";
        ready = false;
    }

    /** Waits; wakes early if the state database fails meanwhile. */
    private boolean isClosedAfter(Duration pause) throws InterruptedException {
        long end = System.nanoTime() + pause.toNanos();
        long left = pause.toNanos();
        while (left > 0 && !(ready && state.problem().isPresent())) {
            if (closed.await(Math.min(left, LOOK.toNanos()), TimeUnit.NANOSECONDS)) {
                return true;
            }
            left = end - System.nanoTime();
        }
        return closed.getCount() == 0;
    }

    /** The problem, or an empty text. */
    private String check() {
        for (String bucket : buckets) {
            try {
                store.check(bucket);
            } catch (StoreException | RuntimeException e) {
                return "bucket '" + bucket + "': " + e.getMessage();
            }
        }
        try {
            state.check();
        } catch (RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
        return "";
    }

    @Override
    public void close() {
        closed.countDown();
        thread.interrupt();
    }
}
