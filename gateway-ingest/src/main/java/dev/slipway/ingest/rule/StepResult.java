package dev.slipway.ingest.rule;

import java.time.Duration;

/** How a step has ended. Failures are exceptions. */
sealed interface StepResult {
    /**
     * It is done.
     *
     * @param progress with which the next step begins
     */
    record Done(RuleProgress progress) implements StepResult {}

    /**
     * The file was moved to a quarantine: no step after it is done.
     *
     * @param message the result of the job
     */
    record Quarantined(String message) implements StepResult {}

    /**
     * Something else has to end first. The step is run again later, and occupies no thread until then.
     *
     * @param after how long from now
     */
    record LookAgain(Duration after) implements StepResult {
        static final LookAgain SOON = new LookAgain(Duration.ofSeconds(1));
    }
}
