package dev.slipway.ingest.archive;

import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobKind;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;

/** Sends the manifests that wait to the server. */
final class ManifestKind implements JobKind {
    static final String NAME = "archive-manifest";

    private final ManifestDelivery.Parts parts;

    ManifestKind(ManifestDelivery.Parts parts) {
        this.parts = parts;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public JobResult run(JobRun run) throws JobException, JobStoppedException {
        ManifestDelivery.Sent sent = new ManifestDelivery(parts, run).sendWaiting();
        String summary = sent.sent() + (sent.sent() == 1 ? " manifest" : " manifests");
        if (sent.failed() > 0) {
            throw JobException.temporary(summary + ". Not sent: " + (sent.failed() + sent.unusable()) + ". The first: "
                    + sent.firstFailure());
        }
        if (sent.unusable() > 0) {
            throw JobException.permanent(
                    summary + ". Not sent: " + sent.unusable() + ". The first: " + sent.firstUnusable());
        }
        return new JobResult.Done(summary);
    }

    /** What the server has stored stays; the rest waits. */
    @Override
    public void discard(JobRun run) {}
}
