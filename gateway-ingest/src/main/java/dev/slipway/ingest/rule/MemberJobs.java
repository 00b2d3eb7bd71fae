package dev.slipway.ingest.rule;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectLabels;
import dev.slipway.core.store.StoreException;
import dev.slipway.transfer.job.BatchProgress;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.job.StoredJson;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/** The jobs that do the rest of the steps, one for each file of an archive. Their batch is the job of the archive. */
final class MemberJobs {
    private final StepRun run;

    MemberJobs(StepRun run) {
        this.run = run;
    }

    /** Submits the job of a stored file, unless that was done. A file that has gone needs none. */
    void submit(String bucket, VirtualPath file, long bytes) throws StoreException {
        ObjectKey object = new ObjectKey(bucket, StoreTarget.key(file));
        Optional<ObjectLabels> labels = run.services().tags().labels(object, false);
        if (labels.isEmpty()) {
            return;
        }
        NewJob whole = run.run().job().wanted();
        RuleRequest request = run.request()
                .member(
                        run.rule().name(),
                        object,
                        labels.get().etag(),
                        bytes,
                        run.progress().step() + 1);
        var _ = run.services()
                .jobs()
                .submit(new NewJob(
                        id(object),
                        RuleKind.NAME,
                        StoredJson.write(request),
                        null,
                        object.bucket() + ":" + object.key(),
                        "rule " + run.rule().name(),
                        whole.priority(),
                        whole.deadline(),
                        whole.submitter(),
                        whole.correlation(),
                        run.run().job().id()));
    }

    /** The same file always leads to the same job. */
    private String id(ObjectKey object) {
        return UUID.nameUUIDFromBytes(
                        (run.id() + "\n" + object.bucket() + "\n" + object.key()).getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    /**
     * How far they are.
     *
     * @throws JobException all have ended, and some of them have not succeeded
     */
    StepResult look() throws JobException {
        BatchProgress now = run.services().jobs().progress(run.run().job().id());
        run.run().progress("files", now.bytesDone(), -1, now.succeeded(), now.total());
        if (now.open() > 0) {
            return StepResult.LookAgain.SOON;
        }
        if (now.succeeded() < now.total()) {
            throw JobException.permanent(run.where() + "the jobs of " + (now.total() - now.succeeded()) + " of "
                    + now.total() + " files have failed; retrying this job retries them");
        }
        return new StepResult.Done(run.progress().finished(run.rule().steps().size()));
    }
}
