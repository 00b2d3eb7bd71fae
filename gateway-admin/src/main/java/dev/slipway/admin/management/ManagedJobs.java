package dev.slipway.admin.management;

import dev.slipway.admin.management.ManagementException.Reason;
import dev.slipway.core.InvalidFieldsException;
import dev.slipway.transfer.job.Attempt;
import dev.slipway.transfer.job.BatchProgress;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobFilter;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.job.Jobs;
import dev.slipway.transfer.json.JsonWords;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The jobs of all gateways that share a database. Accounts that only push their own files see and control the jobs that
 * they have submitted, and nothing of the others. All calls block for the database and may come from any thread.
 */
public final class ManagedJobs {
    /** How many jobs are listed unless another number is given. */
    public static final int USUAL_LIMIT = 100;

    /** The most jobs that one list has. */
    public static final int HIGHEST_LIMIT = 1000;

    private final Jobs jobs;
    private final Principal principal;

    ManagedJobs(Jobs jobs, Principal principal) {
        this.jobs = jobs;
        this.principal = principal;
    }

    /**
     * Which jobs are meant.
     *
     * @param states only jobs in these states
     * @param remote only jobs for this remote; null for all
     * @param submitter only jobs that it has submitted; null for all
     * @param batch only the parts of this job; null for all jobs
     * @param after only jobs that follow this one in the list; null to begin with the newest
     * @param limit the most jobs, 1 to {@link #HIGHEST_LIMIT}
     */
    public record Query(
            Set<JobState> states,
            @Nullable String remote,
            @Nullable String submitter,
            @Nullable String batch,
            @Nullable String after,
            int limit) {
        public Query {
            states = Set.copyOf(states);
        }
    }

    /**
     * Jobs, newest first.
     *
     * @throws InvalidFieldsException the limit is out of its range
     * @throws ManagementException there is no such job to begin after
     */
    public List<Job> list(Query query) throws ManagementException {
        if (query.limit() < 1 || query.limit() > HIGHEST_LIMIT) {
            throw new InvalidFieldsException(
                    "limit", "it is " + query.limit(), "a whole number from 1 to " + HIGHEST_LIMIT);
        }
        String submitter = query.submitter();
        if (principal.hasOwnOnly()) {
            submitter = principal.name();
        } else {
            principal.require(Right.SEE);
        }
        String after = query.after() == null ? null : find(query.after()).id();
        return jobs.list(new JobFilter(query.states(), query.remote(), submitter, query.batch(), after, query.limit()));
    }

    /**
     * A job.
     *
     * @throws ManagementException there is no such job that it may see
     */
    public Job find(String id) throws ManagementException {
        if (!principal.hasOwnOnly()) {
            principal.require(Right.SEE);
        }
        return jobs.find(id)
                .filter(job ->
                        !principal.hasOwnOnly() || job.wanted().submitter().equals(principal.name()))
                .orElseThrow(() -> new ManagementException(
                        Reason.UNKNOWN_JOB, "no such job: '" + id + "'; ended jobs are removed after a while"));
    }

    /** The attempts of a job, in order. */
    public List<Attempt> attempts(String id) throws ManagementException {
        return jobs.attempts(find(id).id());
    }

    /** The progress of the parts of a job; none in total if it has none. */
    public BatchProgress progress(String id) throws ManagementException {
        return jobs.progress(find(id).id());
    }

    /**
     * Does something with jobs. If one of them does not exist, nothing is done.
     *
     * @return the ids of those whose state allowed it
     * @throws ManagementException there is no such job that it may see
     */
    public List<String> apply(JobAction action, Collection<String> ids) throws ManagementException {
        if (!principal.hasOwnOnly()) {
            principal.require(Right.CONTROL_JOBS);
        }
        for (String id : ids) {
            Job _ = find(id);
        }
        List<String> changed = new ArrayList<>();
        for (String id : ids) {
            if (action.apply(jobs, id)) {
                changed.add(id);
            }
        }
        return changed;
    }

    /**
     * Does something with a job.
     *
     * @return the job afterwards
     * @throws ManagementException as above, or its state does not allow it
     */
    public Job apply(JobAction action, String id) throws ManagementException {
        boolean done = !apply(action, List.of(id)).isEmpty();
        Job job = find(id);
        if (!done) {
            throw new ManagementException(
                    Reason.WRONG_STATE, "job " + id + " is " + JsonWords.of(job.state()) + ": it " + action.refusal());
        }
        return job;
    }
}
