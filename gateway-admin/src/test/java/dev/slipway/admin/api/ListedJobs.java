package dev.slipway.admin.api;

import dev.slipway.transfer.job.Attempt;
import dev.slipway.transfer.job.BatchProgress;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobFilter;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.job.Jobs;
import dev.slipway.transfer.job.NewJob;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Jobs that do not run: tests set their states. */
public final class ListedJobs implements Jobs {
    static final Instant CREATED = Instant.parse("2026-01-02T03:04:05Z");

    private final Map<String, Job> jobs = new LinkedHashMap<>();
    private final List<Consumer<Job>> subscribers = new CopyOnWriteArrayList<>();
    private int submitted;
    private @Nullable RuntimeException failure;

    /** A job that is running. */
    public static Job running(String id, long done, long total) {
        return job(id, JobState.RUNNING, done, total);
    }

    static Job job(String id, JobState state, long done, long total) {
        NewJob wanted = new NewJob(
                id,
                "push",
                "{\"secret\":\"s3cr3t\"}",
                "vault",
                "media:reel.mxf",
                "vault:/in/",
                0,
                null,
                "token " + id,
                "",
                null);
        return new Job(wanted, state, "copying", 1, done, total, 0, -1, "", CREATED, CREATED, null, null, null);
    }

    /** Changes a job, as the gateway that runs it does. */
    public void happen(Job job) {
        elsewhere(job);
        subscribers.forEach(subscriber -> subscriber.accept(job));
    }

    /** Changes a job, as another gateway does. */
    public synchronized void elsewhere(Job job) {
        jobs.put(job.id(), job);
    }

    /** Lets the database fail when jobs are counted. */
    synchronized void fail(RuntimeException with) {
        failure = with;
    }

    @Override
    public synchronized Job submit(NewJob wanted) {
        String id = Objects.requireNonNullElseGet(wanted.id(), () -> "job-" + ++submitted);
        return jobs.computeIfAbsent(
                id,
                _ -> new Job(
                        new NewJob(
                                id,
                                wanted.kind(),
                                wanted.request(),
                                wanted.remote(),
                                wanted.source(),
                                wanted.destination(),
                                wanted.priority(),
                                wanted.deadline(),
                                wanted.submitter(),
                                wanted.correlation(),
                                wanted.batch()),
                        JobState.QUEUED,
                        "",
                        0,
                        0,
                        -1,
                        0,
                        -1,
                        "",
                        CREATED,
                        null,
                        null,
                        null,
                        null));
    }

    @Override
    public synchronized List<Job> list(JobFilter filter) {
        return jobs.values().stream()
                .skip(following(filter.after()))
                .filter(job -> filter.states().contains(job.state()))
                .filter(job -> Objects.equals(filter.batch(), job.wanted().batch()))
                .filter(job -> filter.remote() == null
                        || filter.remote().equals(job.wanted().remote()))
                .filter(job -> filter.correlation() == null
                        || filter.correlation().equals(job.wanted().correlation()))
                .filter(job -> filter.since() == null || !job.created().isBefore(filter.since()))
                .filter(job -> filter.until() == null || job.created().isBefore(filter.until()))
                .limit(filter.limit())
                .toList();
    }

    /** How many to skip, so that the one after this job comes first. */
    private long following(@Nullable String id) {
        return id == null ? 0 : List.copyOf(jobs.keySet()).indexOf(id) + 1;
    }

    @Override
    public synchronized Map<JobState, Long> counts() {
        if (failure != null) {
            throw failure;
        }
        return jobs.values().stream()
                .filter(job -> job.wanted().batch() == null)
                .collect(Collectors.groupingBy(Job::state, Collectors.counting()));
    }

    @Override
    public synchronized Optional<Job> find(String id) {
        return Optional.ofNullable(jobs.get(id));
    }

    @Override
    public synchronized List<Job> beginningWith(String begin, int limit) {
        return jobs.values().stream()
                .filter(job -> job.id().startsWith(begin))
                .limit(limit)
                .toList();
    }

    @Override
    public BatchProgress progress(String batch) {
        return batch.equals("batch") ? new BatchProgress(3, 1, 2, 77) : new BatchProgress(0, 0, 0, 0);
    }

    @Override
    public List<Attempt> attempts(String id) {
        return List.of(new Attempt(1, "here", CREATED, null, "direct", 4, 77, ""));
    }

    private boolean change(String id, Set<JobState> from, JobState to) {
        Job job = find(id).orElseThrow();
        if (!from.contains(job.state())) {
            return false;
        }
        happen(job(id, to, job.bytesDone(), job.bytesTotal()));
        return true;
    }

    @Override
    public boolean cancel(String id) {
        return change(id, Set.of(JobState.QUEUED, JobState.RUNNING, JobState.PAUSED), JobState.CANCELLED);
    }

    @Override
    public boolean pause(String id) {
        return change(id, Set.of(JobState.QUEUED, JobState.RUNNING), JobState.PAUSED);
    }

    @Override
    public boolean resume(String id) {
        return change(id, Set.of(JobState.PAUSED), JobState.QUEUED);
    }

    @Override
    public boolean retry(String id) {
        return change(id, Set.of(JobState.FAILED, JobState.CANCELLED), JobState.QUEUED);
    }

    @Override
    public AutoCloseable subscribe(Consumer<Job> subscriber) {
        subscribers.add(subscriber);
        return () -> subscribers.remove(subscriber);
    }
}
