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
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
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

    /**
     * The beginning of an id that a gateway has made up (a UUID), of at least four characters. Ids that submitters have
     * chosen are not abbreviated: {@code order-1} must never mean {@code order-11}, not even once the first one is
     * forgotten.
     */
    private static final Pattern ABBREVIATION = Pattern.compile("[0-9a-f]{4,8}|[0-9a-f]{8}-[0-9a-f-]{0,27}");

    private static final Pattern GENERATED = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    /** An account's own job may come after those of others. */
    private static final int MOST_SIMILAR = 1000;

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
     * @param correlation only jobs with this correlation id; null for all
     * @param since only jobs created then or later; null for all
     * @param until only jobs created before; null for all
     * @param batch only the parts of this job; null for all jobs
     * @param after only jobs that follow this one in the list; null to begin with the newest
     * @param limit the most jobs, 1 to {@link #HIGHEST_LIMIT}
     */
    public record Query(
            Set<JobState> states,
            @Nullable String remote,
            @Nullable String submitter,
            @Nullable String correlation,
            @Nullable Instant since,
            @Nullable Instant until,
            @Nullable String batch,
            @Nullable String after,
            int limit) {
        public Query {
            states = Set.copyOf(states);
        }

        /** The newest jobs of all kinds. */
        public static Query newest(int limit) {
            return new Query(EnumSet.allOf(JobState.class), null, null, null, null, null, null, null, limit);
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
        if (query.after() != null) {
            Job _ = find(query.after());
        }
        if (query.batch() != null) {
            Job _ = find(query.batch());
        }
        return jobs.list(new JobFilter(
                query.states(),
                query.remote(),
                submitter,
                query.correlation(),
                query.since(),
                query.until(),
                query.batch(),
                query.after(),
                query.limit()));
    }

    /**
     * A job.
     *
     * @throws ManagementException there is no such job that it may see
     */
    public Job find(String id) throws ManagementException {
        return seen(id).orElseThrow(() -> unknown(id));
    }

    /**
     * The id of a job that people name.
     *
     * @param word the whole id, or the beginning of a generated one, at least four characters that no other job's id
     *     begins with
     * @throws ManagementException there is no such job that it may see, or there are several
     */
    public String identify(String word) throws ManagementException {
        if (seen(word).isPresent()) {
            return word;
        }
        List<String> similar = !isAbbreviation(word)
                ? List.of()
                : jobs.beginningWith(word, MOST_SIMILAR).stream()
                        .filter(job -> isGenerated(job.id()))
                        .filter(this::isSeen)
                        .map(Job::id)
                        .toList();
        if (similar.size() > 1) {
            throw new ManagementException(
                    Reason.UNKNOWN_JOB,
                    "several jobs begin with '" + word + "', such as " + similar.get(0) + " and " + similar.get(1));
        }
        return similar.stream().findFirst().orElseThrow(() -> unknown(word));
    }

    private static boolean isAbbreviation(String word) {
        return ABBREVIATION.matcher(word).matches();
    }

    /** Whether an id may be abbreviated. */
    public static boolean isGenerated(String id) {
        return GENERATED.matcher(id).matches();
    }

    private static ManagementException unknown(String id) {
        return new ManagementException(
                Reason.UNKNOWN_JOB, "no such job: '" + id + "'; ended jobs are removed after a while");
    }

    private Optional<Job> seen(String id) throws ManagementException {
        if (!principal.hasOwnOnly()) {
            principal.require(Right.SEE);
        }
        return jobs.find(id).filter(this::isSeen);
    }

    private boolean isSeen(Job job) {
        return !principal.hasOwnOnly() || job.wanted().submitter().equals(principal.name());
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
