package dev.slipway.transfer.amqp;

import dev.slipway.core.state.StateDatabase;
import dev.slipway.testing.Patience;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.outcome.EndedJobs;
import dev.slipway.transfer.push.AutoMode;
import dev.slipway.transfer.push.PushOrder;
import dev.slipway.transfer.push.PushOrderException;
import dev.slipway.transfer.push.Pushes;
import dev.slipway.transfer.remote.RemoteSpace;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Collects orders, and creates no jobs for them. */
final class KeptPushes implements Pushes {
    private static final int TIMEOUT_SECONDS = Patience.SECONDS;

    private final BlockingQueue<PushOrder> orders = new LinkedBlockingQueue<>();
    private final AtomicInteger failures = new AtomicInteger();
    private final StateDatabase database;
    private volatile CountDownLatch gate = new CountDownLatch(0);

    KeptPushes(StateDatabase database) {
        this.database = database;
    }

    @Override
    public Job submit(PushOrder order) throws PushOrderException {
        // Read before the test can see the order, so that only later orders are held.
        CountDownLatch gate = this.gate;
        orders.add(order);
        if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            int _ = database.inTransaction(handle -> handle.execute("INSERT INTO no_such_table VALUES (1)"));
        }
        try {
            if (!gate.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("was not let go on");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (order.destination().contains("/forbidden/")) {
            throw new PushOrderException("destination is outside of the remote's folders");
        }
        return EndedJobs.ended(Objects.requireNonNull(order.id()), JobState.SUCCEEDED, "");
    }

    @Override
    public AutoMode autoMode(String remote, @Nullable String bucket) {
        throw new UnsupportedOperationException();
    }

    @Override
    public RemoteSpace space(String remote, String path) {
        throw new UnsupportedOperationException();
    }

    /** Lets the database refuse the next orders. */
    void fail(int times) {
        failures.set(times);
    }

    /** Makes the next orders wait before they are durable. */
    void hold() {
        gate = new CountDownLatch(1);
    }

    void letGo() {
        gate.countDown();
    }

    /** Returns the next order. */
    PushOrder next() throws InterruptedException {
        PushOrder next = orders.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("no order came within " + TIMEOUT_SECONDS + " s");
        }
        return next;
    }

    /** How many orders have arrived and were not taken yet. */
    int waiting() {
        return orders.size();
    }
}
