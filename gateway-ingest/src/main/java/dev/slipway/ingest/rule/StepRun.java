package dev.slipway.ingest.rule;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.ingest.target.KeyTemplate;
import dev.slipway.ingest.target.KeyValues;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.StoredJson;
import java.time.Instant;
import java.util.Optional;

/**
 * What a step knows of the job that it is a part of.
 *
 * @param run the job
 * @param request the file that came in
 * @param rule the rule
 * @param progress where the file is now, and whether an earlier attempt has begun the step
 * @param files the files of the store, as the rule's own account
 * @param services what else there is in the gateway
 */
record StepRun(
        JobRun run,
        RuleRequest request,
        RuleSettings rule,
        RuleProgress progress,
        RuleFiles files,
        StepServices services) {
    /** The settings of the step. */
    StepSettings settings() {
        return rule.steps().get(progress.step());
    }

    /** The file, or the folder, that the step works on. */
    VirtualPath file() throws VfsException {
        return RuleFiles.path(progress.bucket(), progress.key());
    }

    /**
     * The ETag of the version that the step is about: the one that an earlier step has scanned or verified, or the one
     * that came in. Empty if any version is meant.
     */
    Optional<String> etag() {
        if (progress.etag() != null) {
            return Optional.of(progress.etag());
        }
        return progress.place().equals(request.place()) && !request.etag().isEmpty()
                ? Optional.of(request.etag())
                : Optional.empty();
    }

    /**
     * Opens the file for reading.
     *
     * @throws VfsException also {@link dev.slipway.core.Failure#CONFLICT} if it is another version than {@link #etag} says
     */
    FileDownload open() throws VfsException {
        return files.open(file(), etag());
    }

    /** What messages about the step begin with. */
    String where() {
        return "step " + (progress.step() + 1) + ", " + settings().action().word() + ": ";
    }

    /** An id for something that the step makes once, such as another job: the same in each attempt. */
    String id() {
        return run.job().id() + "-" + (progress.step() + 1);
    }

    /** Notes that the step has begun, with something that {@link RuleStep#undo} may have to undo. Durable. */
    void begin() throws JobException {
        run.save(StoredJson.write(progress.begin(run.job().attempt())));
    }

    /**
     * Notes that the step is about to store something that would be different in the next attempt, so that this one can
     * tell what it has stored. Durable.
     *
     * @param sha256 of what is stored, in hexadecimal
     */
    void storing(String sha256) throws JobException {
        run.save(StoredJson.write(progress.storing(run.job().attempt(), sha256)));
    }

    /** Shows what is being done, for a step whose progress cannot be measured. */
    void phase(String phase) {
        run.progress(phase, 0, -1);
    }

    /** What templates have of the file. */
    KeyValues values() {
        String path =
                progress.isFolder() ? progress.key().substring(0, progress.key().length() - 1) : progress.key();
        return new KeyValues(path, rule.name(), request.account(), run.job().id(), Instant.ofEpochSecond(request.at()));
    }

    /** A template with the values of the file. */
    String expand(String template) {
        return KeyTemplate.parse(template).expand(values());
    }
}
