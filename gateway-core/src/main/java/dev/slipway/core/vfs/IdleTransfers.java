package dev.slipway.core.vfs;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes memory back from transfers whose clients are idle, so that they cannot block others. One timer checks all of
 * them.
 */
final class IdleTransfers implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(IdleTransfers.class);

    /** A transfer that holds memory. */
    interface Transfer {
        /** Returns its memory if the client has asked for nothing since a moment. Does not block. */
        void releaseIfIdleSince(Instant moment);
    }

    private final Clock clock;
    private final Duration limit;
    private final Set<Transfer> open = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("idle-transfers").factory());

    /** @param limit how long a client may be idle */
    IdleTransfers(Clock clock, Duration limit) {
        this.clock = clock;
        this.limit = limit;
        long period = Math.clamp(limit.toMillis() / 10, 10, 30_000);
        var _ = timer.scheduleWithFixedDelay(this::release, period, period, TimeUnit.MILLISECONDS);
    }

    /** How long a client may be idle. */
    Duration limit() {
        return limit;
    }

    void add(Transfer transfer) {
        open.add(transfer);
    }

    void remove(Transfer transfer) {
        open.remove(transfer);
    }

    /** The number of transfers that are checked; 0 at rest. */
    int size() {
        return open.size();
    }

    private void release() {
        Instant moment = clock.instant().minus(limit);
        for (Transfer transfer : open) {
            try {
                transfer.releaseIfIdleSince(moment);
            } catch (RuntimeException e) {
                log.error("The memory of an idle transfer could not be freed", e);
            }
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
