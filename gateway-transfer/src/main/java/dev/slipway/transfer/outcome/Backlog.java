package dev.slipway.transfer.outcome;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many events wait for a target. Clients cause events by uploads: a target that accepts none must not fill the state
 * database. Counted from time to time, so that the bound is not exact. Thread-safe.
 */
final class Backlog {
    private static final Logger log = LoggerFactory.getLogger(Backlog.class);

    /** How often the log repeats that events are dropped. */
    private static final long REPEAT = Duration.ofMinutes(1).toNanos();

    private final String target;
    private final long most;
    private final AtomicLong waiting = new AtomicLong();
    private long dropped; // guarded by this
    private long loggedAt; // guarded by this

    /** @param most events that may wait */
    Backlog(String target, long most) {
        this.target = target;
        this.most = most;
    }

    /** The target's name. */
    String target() {
        return target;
    }

    /** Sets how many events wait, as the database has just said. */
    void counted(long events) {
        waiting.set(events);
    }

    /** Whether one more may wait. If not, it is lost, and the log says so. */
    boolean admit(String event) {
        if (waiting.get() < most) {
            waiting.incrementAndGet();
            return true;
        }
        drop(event);
        return false;
    }

    /** How many events of uploads were dropped. */
    synchronized long dropped() {
        return dropped;
    }

    private synchronized void drop(String event) {
        dropped++;
        long now = System.nanoTime();
        if (dropped == 1 || now - loggedAt > REPEAT) {
            loggedAt = now;
            log.error(
                    "{} accepts too few events: {} wait for it. The event {} of an upload is dropped ({} so far)",
                    target,
                    waiting.get(),
                    event,
                    dropped);
        }
    }
}
