package dev.slipway.testing;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Requests that a {@link FaultProxy} holds until a test releases them. */
public final class HeldRequests {
    private final CountDownLatch arrived;
    private final CountDownLatch released = new CountDownLatch(1);

    HeldRequests(int count) {
        arrived = new CountDownLatch(count);
    }

    /**
     * Blocks until as many requests as the test asked for are held. Fails with an assertion error after the time-out.
     */
    public void awaitArrival(Duration timeout) throws InterruptedException {
        if (!arrived.await(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
            throw new AssertionError(arrived.getCount() + " more requests should have come within " + timeout);
        }
    }

    /** Releases all held requests, and passes later ones. */
    public void release() {
        released.countDown();
    }

    void hold() throws InterruptedException {
        arrived.countDown();
        released.await();
    }
}
