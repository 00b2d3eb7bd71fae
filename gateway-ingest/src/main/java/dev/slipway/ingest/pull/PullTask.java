package dev.slipway.ingest.pull;

import dev.slipway.ingest.target.OpenTarget;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.remote.RemoteConnection;

/** What the parts of a run work with. */
record PullTask(
        JobRun run,
        PullRequest request,
        PullSettings settings,
        OpenTarget target,
        RemoteConnection connection,
        PulledFiles known,
        FilePull files,
        PullTally tally) {}
