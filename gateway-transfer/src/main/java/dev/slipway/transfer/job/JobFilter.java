package dev.slipway.transfer.job;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A filter for jobs.
 *
 * @param states those in one of these states; empty for those in any
 * @param remote those of this remote; null for those of any
 * @param submitter those of this submitter; null for those of any
 * @param batch those that are parts of this job; null for those that stand alone and for batches, but not their parts
 * @param limit the most jobs wanted, 1 to 10,000
 */
public record JobFilter(
        Set<JobState> states,
        @Nullable String remote,
        @Nullable String submitter,
        @Nullable String batch,
        int limit) {
    public JobFilter {
        states = Set.copyOf(states);
    }

    /** Jobs in one of these states, without the parts of batches; no states mean any. */
    public static JobFilter in(Set<JobState> states, int limit) {
        return new JobFilter(states, null, null, null, limit);
    }

    public JobFilter ofRemote(String wanted) {
        return new JobFilter(states, wanted, submitter, batch, limit);
    }

    public JobFilter ofSubmitter(String wanted) {
        return new JobFilter(states, remote, wanted, batch, limit);
    }

    public JobFilter ofBatch(@Nullable String wanted) {
        return new JobFilter(states, remote, submitter, wanted, limit);
    }
}
