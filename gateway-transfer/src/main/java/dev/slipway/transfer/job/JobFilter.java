package dev.slipway.transfer.job;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A filter for jobs.
 *
 * @param states those in one of these states; empty for those in any
 * @param remote those of this remote; null for those of any
 * @param submitter those of this submitter; null for those of any
 * @param correlation those with this correlation id; null for those with any
 * @param since those created then or later; null for no limit
 * @param until those created before; null for no limit
 * @param batch those that are parts of this job; null for those that stand alone and for batches, but not their parts
 * @param after only jobs that follow this one in the list, which is there; null to begin with the newest
 * @param limit the most jobs wanted, 1 to 10,000
 */
public record JobFilter(
        Set<JobState> states,
        @Nullable String remote,
        @Nullable String submitter,
        @Nullable String correlation,
        @Nullable Instant since,
        @Nullable Instant until,
        @Nullable String batch,
        @Nullable String after,
        int limit) {
    public JobFilter {
        states = Set.copyOf(states);
    }

    /** Jobs in one of these states, without the parts of batches; no states mean any. */
    public static JobFilter in(Set<JobState> states, int limit) {
        return new JobFilter(states, null, null, null, null, null, null, null, limit);
    }

    public JobFilter ofRemote(@Nullable String wanted) {
        return new JobFilter(states, wanted, submitter, correlation, since, until, batch, after, limit);
    }

    public JobFilter ofSubmitter(@Nullable String wanted) {
        return new JobFilter(states, remote, wanted, correlation, since, until, batch, after, limit);
    }

    public JobFilter ofCorrelation(@Nullable String wanted) {
        return new JobFilter(states, remote, submitter, wanted, since, until, batch, after, limit);
    }

    /** Those created from one time to before another; null for no limit. */
    public JobFilter created(@Nullable Instant from, @Nullable Instant before) {
        return new JobFilter(states, remote, submitter, correlation, from, before, batch, after, limit);
    }

    public JobFilter ofBatch(@Nullable String wanted) {
        return new JobFilter(states, remote, submitter, correlation, since, until, wanted, after, limit);
    }

    /** Those that follow a job in the list. */
    public JobFilter after(@Nullable String job) {
        return new JobFilter(states, remote, submitter, correlation, since, until, batch, job, limit);
    }
}
