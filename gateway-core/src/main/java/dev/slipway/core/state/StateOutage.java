package dev.slipway.core.state;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tracks whether the state database can be used, and logs outages. Thread-safe. */
final class StateOutage {
    private static final Logger log = LoggerFactory.getLogger(StateDatabase.class);

    /** How often the log repeats the problem while it lasts. */
    private static final Duration REPEAT = Duration.ofMinutes(1);

    @GuardedBy("this")
    private @Nullable String problem;

    @GuardedBy("this")
    private long loggedAt;

    @GuardedBy("this")
    private long failures;

    /** An operation failed, perhaps not the first. */
    synchronized void failed(StateException e) {
        failures++;
        long now = System.nanoTime();
        String message = String.valueOf(e.getMessage());
        boolean isNew = !message.equals(problem);
        if (isNew || now - loggedAt > REPEAT.toNanos()) {
            log.error("{}; operations that need it fail ({} so far)", capitalized(message), failures);
            loggedAt = now;
        }
        problem = message;
    }

    /** Rows can be written. */
    synchronized void works() {
        if (problem != null) {
            log.info("The state database is available again; {} operations failed", failures);
        }
        problem = null;
        failures = 0;
    }

    synchronized Optional<String> problem() {
        return Optional.ofNullable(problem);
    }

    private static String capitalized(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }
}
