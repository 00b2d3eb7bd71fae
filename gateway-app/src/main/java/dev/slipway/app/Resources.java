package dev.slipway.app;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is open, closed in reverse order. Safe for use by several threads. */
final class Resources implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Resources.class);

    @GuardedBy("this")
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /** Adds one, to be closed before those that were added earlier. */
    synchronized <T extends AutoCloseable> T add(T resource) {
        open.push(resource);
        return resource;
    }

    /** Closes all of them. A failure is logged, and the rest is closed all the same. Blocks. */
    @Override
    public synchronized void close() {
        while (!open.isEmpty()) {
            AutoCloseable resource = open.pop();
            try {
                resource.close();
            } catch (Exception e) {
                log.warn("{} did not close cleanly", resource.getClass().getSimpleName(), e);
            }
        }
    }
}
