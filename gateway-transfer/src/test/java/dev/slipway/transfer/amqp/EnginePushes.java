package dev.slipway.transfer.amqp;

import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobKind;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.Jobs;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.push.AutoMode;
import dev.slipway.transfer.push.PushOrder;
import dev.slipway.transfer.push.PushOrderException;
import dev.slipway.transfer.push.Pushes;
import dev.slipway.transfer.remote.RemoteSpace;
import org.jspecify.annotations.Nullable;

/** Turns orders into jobs that send nothing, and fail if the source says so. */
record EnginePushes(Jobs jobs) implements Pushes {
    private static final String KIND = "nothing";

    @Override
    public Job submit(PushOrder order) throws PushOrderException {
        Job job = jobs.submit(new NewJob(
                        order.id(),
                        KIND,
                        order.source(),
                        order.destination().split(":", 2)[0],
                        order.source(),
                        order.destination(),
                        order.priority(),
                        order.deadline(),
                        order.submitter(),
                        order.correlation(),
                        null)
                .taking(order.resources()));
        if (!job.wanted().source().equals(order.source())) {
            throw PushOrderException.conflict("the id belongs to another order");
        }
        return job;
    }

    @Override
    public AutoMode autoMode(String remote, @Nullable String bucket) {
        throw new UnsupportedOperationException();
    }

    @Override
    public RemoteSpace space(String remote, String path) {
        throw new UnsupportedOperationException();
    }

    /** Runs these jobs. */
    static final class Kind implements JobKind {
        @Override
        public String name() {
            return KIND;
        }

        @Override
        public JobResult run(JobRun run) throws JobException {
            if (run.job().wanted().request().contains("fail")) {
                throw JobException.permanent("there is no such object");
            }
            return new JobResult.Done("done");
        }

        @Override
        public void discard(JobRun run) {}
    }
}
