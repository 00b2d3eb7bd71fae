package dev.slipway.admin.api;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobFilter;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.job.Jobs;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes each change of a job to all interested streams, and remembers the last ones for streams that reconnect. Jobs
 * of other gateways are looked up in the database while there are streams. Safe for use by several threads.
 */
final class JobEvents implements AutoCloseable {
    /** How many missed events a reconnecting stream can catch up on. */
    private static final int REMEMBERED = 1000;

    private static final int MOST_STREAMS = 64;
    private static final int MOST_JOBS = 1000;
    private static final Duration LOOK = Duration.ofSeconds(2);

    /** A job of this gateway reports its own changes; the database is older. */
    private static final long OWN_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final Logger log = LoggerFactory.getLogger(JobEvents.class);

    /**
     * A job has changed.
     *
     * @param number 1 and up
     * @param rate recent rate in bytes per second; -1 if unknown
     */
    record Event(long number, Job job, long rate) {}

    /** The rate of a job when it was last seen. */
    private record Pace(long bytes, long nanos, long rate) {
        /** Smoothed: the last measurement counts for half. */
        Pace next(long bytesNow, long nanosNow) {
            long took = nanosNow - nanos;
            if (took < TimeUnit.MILLISECONDS.toNanos(200)) {
                return this;
            }
            long measured = (long) ((bytesNow - bytes) * 1e9 / took);
            if (measured < 0) {
                return new Pace(bytesNow, nanosNow, -1);
            }
            return new Pace(bytesNow, nanosNow, rate < 0 ? measured : (rate + measured) / 2);
        }
    }

    private final @Nullable Jobs jobs;
    private final Duration heartbeat;
    private final AutoCloseable subscription;

    /** Distinguishes the numbers of this run from those of other runs. */
    private final String run = UUID.randomUUID().toString().substring(0, 8);

    @GuardedBy("this")
    private final Deque<Event> last = new ArrayDeque<>();

    @GuardedBy("this")
    private final Set<JobStream> streams = new HashSet<>();

    @GuardedBy("this")
    private final Map<String, Job> known = new HashMap<>();

    @GuardedBy("this")
    private final Map<String, Pace> paces = new HashMap<>();

    @GuardedBy("this")
    private final Map<String, Long> own = new HashMap<>();

    private final CountDownLatch closed = new CountDownLatch(1);

    @GuardedBy("this")
    private long number;

    /** @param jobs null if this gateway has none */
    JobEvents(@Nullable Jobs jobs, Duration heartbeat) {
        this.jobs = jobs;
        this.heartbeat = heartbeat;
        subscription = jobs == null ? () -> {} : jobs.subscribe(this::changed);
        if (jobs != null) {
            Thread _ = Thread.ofVirtual().name("api-jobs").start(() -> follow(jobs));
        }
    }

    String run() {
        return run;
    }

    Duration heartbeat() {
        return heartbeat;
    }

    private synchronized void changed(Job job) {
        own.put(job.id(), System.nanoTime());
        publish(job);
    }

    @GuardedBy("this")
    private void publish(Job job) {
        if (job.equals(known.get(job.id()))) {
            return;
        }
        long now = System.nanoTime();
        if (job.state() == JobState.RUNNING) {
            paces.compute(
                    job.id(),
                    (_, pace) -> pace == null ? new Pace(job.bytesDone(), now, -1) : pace.next(job.bytesDone(), now));
        } else {
            paces.remove(job.id());
        }
        Pace pace = paces.get(job.id());
        Event event = new Event(++number, job, pace == null ? -1 : pace.rate());
        last.add(event);
        if (last.size() > REMEMBERED) {
            last.remove();
        }
        if (job.state().isEnd()) {
            known.remove(job.id());
            own.remove(job.id());
        } else {
            known.put(job.id(), job);
        }
        streams.forEach(stream -> stream.offer(event));
    }

    /**
     * Opens a stream for all events from now on.
     *
     * @param wanted a job, or a batch with its parts; null for all
     * @param lastNumber the last event received before; -1 if there is none of this run
     * @throws ProblemException there are too many
     */
    synchronized JobStream open(@Nullable String wanted, long lastNumber, JobStream.Reader reader) {
        if (streams.size() >= MOST_STREAMS) {
            throw new ProblemException(
                            ProblemType.UNAVAILABLE, "there are " + MOST_STREAMS + " streams already, the maximum")
                    .withHeader("Retry-After", "10");
        }
        long oldest = last.isEmpty() ? number + 1 : last.getFirst().number();
        boolean missedNone = lastNumber >= oldest - 1 && lastNumber <= number;
        JobStream stream = new JobStream(this, wanted, reader, number, !missedNone);
        if (missedNone) {
            last.stream().filter(event -> event.number() > lastNumber).forEach(stream::offer);
        }
        streams.add(stream);
        return stream;
    }

    synchronized void remove(JobStream stream) {
        streams.remove(stream);
    }

    synchronized int streams() {
        return streams.size();
    }

    /** The current state of the jobs of a stream. Blocks for the database. */
    List<Job> now(@Nullable String wanted) {
        if (jobs == null) {
            return List.of();
        }
        List<Job> found = new ArrayList<>();
        if (wanted == null) {
            found.addAll(open(jobs, null));
        } else {
            jobs.find(wanted).ifPresent(found::add);
            found.addAll(open(jobs, wanted));
        }
        return found;
    }

    private static List<Job> open(Jobs jobs, @Nullable String batch) {
        EnumSet<JobState> states = EnumSet.allOf(JobState.class);
        states.removeIf(JobState::isEnd);
        return jobs.list(JobFilter.in(states, MOST_JOBS).ofBatch(batch));
    }

    private void follow(Jobs all) {
        boolean failing = false;
        try {
            while (!closed.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    if (haveStreams()) {
                        look(all);
                    }
                    failing = false;
                } catch (RuntimeException e) {
                    if (!failing) {
                        log.warn("Jobs of other gateways cannot be followed", e);
                    }
                    failing = true;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean haveStreams() {
        if (streams.isEmpty()) {
            // The next stream starts with the current state.
            known.clear();
            own.clear();
        }
        return !streams.isEmpty();
    }

    private void look(Jobs all) {
        Set<String> missing;
        synchronized (this) {
            missing = new HashSet<>(known.keySet());
        }
        for (Job job : open(all, null)) {
            missing.remove(job.id());
            seen(job);
        }
        for (String id : missing) {
            all.find(id).ifPresent(this::seen);
        }
    }

    private synchronized void seen(Job job) {
        Long spoke = own.get(job.id());
        if (spoke == null || System.nanoTime() - spoke > OWN_NANOS) {
            publish(job);
        }
    }

    /** Ends all streams. */
    @Override
    public void close() {
        closed.countDown();
        try {
            subscription.close();
        } catch (Exception e) {
            log.warn("The subscription to jobs could not be ended", e);
        }
        synchronized (this) {
            streams.forEach(JobStream::cutOff);
        }
    }
}
