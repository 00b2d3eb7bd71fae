package dev.slipway.ingest.rule;

import dev.slipway.core.setting.Problems;
import dev.slipway.ingest.openpgp.KeyUse;
import dev.slipway.ingest.target.KeyValues;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobStoppedException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What one action of rules does. It is made of its settings alone, so that it can be checked and described without a
 * gateway. Immutable, and used by several jobs at once.
 *
 * <p>A new action is an implementation, its constant in {@link Action}, and its settings in {@link StepSettings}.
 */
interface RuleStep {
    /** The names of the settings that it takes, beside {@code action}; all others are mistakes. */
    Set<String> settings();

    /** Finds what is wrong with the values of its settings. No other method is called if there is something. */
    default void check(Problems problems) {}

    /** The bucket that it stores in, if that is another than the file's own. */
    default Optional<String> bucket() {
        return Optional.empty();
    }

    /** The archive task that it leaves the file to, if that is what it does. */
    default Optional<String> archiveTask() {
        return Optional.empty();
    }

    /** The keys that it needs. */
    default List<KeyUse> keys() {
        return List.of();
    }

    /** Whether no file is left for a step after it. */
    default boolean isLast() {
        return false;
    }

    /** Whether it can work on all that came out of an archive at once. */
    default boolean takesFolders() {
        return false;
    }

    /** What it would do with a file, as far as that does not depend on the file's contents. */
    Forecast forecast(KeyValues file);

    /**
     * Does it. Blocks for as long as that takes. May be called again after a crash at any point of an earlier call, with
     * the last progress that was saved, so it must be idempotent.
     *
     * @throws dev.slipway.ingest.content.ExpansionException the file's contents are at fault; no attempt can succeed
     * @throws dev.slipway.ingest.openpgp.OpenPgpException likewise, or a key is
     * @throws dev.slipway.core.VfsException whether another attempt may succeed follows from its failure
     * @throws IOException another attempt may succeed
     * @throws JobException it failed; {@link StepRun#where} names the step
     */
    StepResult run(StepRun run) throws IOException, JobException, JobStoppedException;

    /**
     * Removes what it has stored before it was given up. Called only if it had begun, according to its progress, and if
     * the file is still the one that it has worked on, or its progress has a digest. Failures as above.
     */
    default void undo(StepRun run) throws IOException, JobException, JobStoppedException {}

    /**
     * Why it has failed if the file was replaced after it had begun, without a digest. Empty if nothing of it can be left
     * that somebody would have to look after.
     */
    default Optional<String> interrupted() {
        return Optional.empty();
    }

    /**
     * What a step would do.
     *
     * @param text for people
     * @param key the key of the file that the next step works on
     */
    record Forecast(String text, String key) {}
}
