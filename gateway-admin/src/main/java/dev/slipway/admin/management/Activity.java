package dev.slipway.admin.management;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Failure;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.event.Client;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.event.Operation;
import dev.slipway.core.state.StateException;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.vfs.ActiveTransfers;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.job.Jobs;
import dev.slipway.transfer.json.JsonWords;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this gateway does now and has done lately: measured once a second, and kept in rings of a fixed size. Thread-safe;
 * only {@link #jobs} blocks.
 */
@SuppressWarnings("exports") // only Slipway itself uses it
public final class Activity implements AutoCloseable {
    /** How much of the past the throughput shows. */
    public static final Duration PAST = Duration.ofHours(1);

    /** The time between two points of the throughput. */
    public static final Duration STEP = Duration.ofSeconds(10);

    private static final Logger log = LoggerFactory.getLogger(Activity.class);

    private static final int MOST_SAMPLES = Math.toIntExact(PAST.dividedBy(STEP));
    private static final int MOST_ENDED = 200;
    private static final int LONGEST_TEXT = 500;
    private static final Duration TICK = Duration.ofSeconds(1);

    /** Counting reads all rows of the history, so it is not done for each reader. */
    private static final long COUNT_NANOS = Duration.ofSeconds(3).toNanos();

    private final Sessions sessions;
    private final ActiveTransfers transfers;
    private final Map<String, PartPool> memory;
    private final @Nullable Jobs jobs;
    private final Supplier<List<String>> notReady;
    private final Clock clock;
    private final Instant since;
    private final CountDownLatch closed = new CountDownLatch(1);

    @GuardedBy("this")
    private final Deque<Sample> samples = new ArrayDeque<>();

    @GuardedBy("this")
    private final Deque<Ended> ended = new ArrayDeque<>();

    /** Apart from the others, so that many successful transfers do not push failures out. */
    @GuardedBy("this")
    private final Deque<Ended> failures = new ArrayDeque<>();

    @GuardedBy("this")
    private Map<Long, Pace> paces = Map.of();

    @GuardedBy("this")
    private Measured total = new Measured(System.nanoTime(), 0, 0, 0, 0);

    @GuardedBy("this")
    private Measured sampled = total;

    private final Object counting = new Object();

    @GuardedBy("counting")
    private Map<JobState, Long> counts = Map.of();

    @GuardedBy("counting")
    private long counted;

    /**
     * The throughput of one step.
     *
     * @param at the end of the step
     * @param in bytes per second that clients and the gateway's own work uploaded
     * @param out bytes per second that were downloaded
     */
    public record Sample(Instant at, long in, long out) {}

    /**
     * A transfer in progress.
     *
     * @param rate recent bytes per second; -1 while unknown
     */
    public record Moving(ActiveTransfers.Transfer transfer, long rate) {}

    /**
     * A transfer, a job or another operation that has ended.
     *
     * @param kind {@code upload}, {@code download}, another operation, or {@code job}
     * @param client who asked for it; null for a job
     * @param job its id; null if it is none
     * @param subject the path; of a job, source and destination
     * @param bytes its bytes; 0 if it failed
     * @param took how long it took; negative if unknown
     * @param failure a word for the reason; empty if it succeeded
     * @param message the reason for people; empty if it succeeded
     */
    public record Ended(
            Instant at,
            String kind,
            @Nullable Client client,
            @Nullable String job,
            String subject,
            long bytes,
            Duration took,
            String failure,
            String message) {}

    /** A memory budget and its use, in bytes, and how many transfers have some or wait for it. */
    public record Memory(String pool, long budget, long reserved, long used, int transfers, int waiting) {}

    /** Counters at one moment, and the rates until then. */
    private record Measured(long nanos, long in, long out, long inRate, long outRate) {
        Measured next(long now, long inNow, long outNow) {
            double seconds = Math.max(1, now - nanos) / 1e9;
            return new Measured(now, inNow, outNow, (long) ((inNow - in) / seconds), (long) ((outNow - out) / seconds));
        }
    }

    /** The rate of a transfer, smoothed: the last second counts for half. */
    private record Pace(long bytes, long rate) {
        Pace next(long now, double seconds) {
            long measured = (long) ((now - bytes) / seconds);
            return new Pace(now, rate < 0 ? measured : (rate + measured) / 2);
        }
    }

    /**
     * Starts to measure, until it is closed.
     *
     * @param memory the budgets by name, in the order in which they are shown
     * @param jobs null if this gateway has none
     * @param notReady the reasons why clients should not be sent here; must not block
     */
    public Activity(
            Sessions sessions,
            ActiveTransfers transfers,
            Map<String, PartPool> memory,
            @Nullable Jobs jobs,
            Supplier<List<String>> notReady,
            Events events,
            Clock clock) {
        this.sessions = sessions;
        this.transfers = transfers;
        this.memory = memory;
        this.jobs = jobs;
        this.notReady = notReady;
        this.clock = clock;
        since = clock.instant();
        events.subscribe(this::happened);
        Thread _ = Thread.ofVirtual().name("activity").start(this::run);
    }

    private void run() {
        try {
            while (!closed.await(TICK.toMillis(), TimeUnit.MILLISECONDS)) {
                measure();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.error("The throughput is no longer measured", e);
        }
    }

    private synchronized void measure() {
        long now = System.nanoTime();
        double seconds = Math.max(1, now - total.nanos()) / 1e9;
        total = total.next(now, transfers.uploadedBytes(), transfers.downloadedBytes());
        Map<Long, Pace> next = new HashMap<>();
        for (ActiveTransfers.Transfer transfer : transfers.list()) {
            Pace pace = paces.get(transfer.id());
            next.put(
                    transfer.id(),
                    pace == null ? new Pace(transfer.bytes(), -1) : pace.next(transfer.bytes(), seconds));
        }
        paces = next;
        if (now - sampled.nanos() >= STEP.toNanos()) {
            sampled = sampled.next(now, total.in(), total.out());
            add(samples, new Sample(clock.instant(), sampled.inRate(), sampled.outRate()), MOST_SAMPLES);
        }
    }

    private static <T> void add(Deque<T> ring, T value, int most) {
        ring.addLast(value);
        if (ring.size() > most) {
            ring.removeFirst();
        }
    }

    private static String text(String text) {
        return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "…";
    }

    private void happened(GatewayEvent event) {
        switch (event) {
            case GatewayEvent.Uploaded upload ->
                succeeded(
                        upload.at(),
                        upload.client(),
                        upload.operation(),
                        upload.path().toString(),
                        upload.bytes(),
                        upload.took());
            case GatewayEvent.Downloaded download ->
                succeeded(
                        download.at(),
                        download.client(),
                        download.operation(),
                        download.path().toString(),
                        download.bytes(),
                        download.took());
            case GatewayEvent.Failed failed -> {
                if (!isPartOfSuccess(failed)) {
                    failed(new Ended(
                            failed.at(),
                            word(failed.operation()),
                            failed.client(),
                            null,
                            text(failed.path().toString()),
                            0,
                            Duration.ofMillis(-1),
                            word(failed.failure()),
                            text(failed.message())));
                }
            }
            case GatewayEvent.JobEnded job -> {
                if (job.state().equals(JobState.FAILED.name())) {
                    failed(new Ended(
                            job.at(),
                            "job",
                            null,
                            job.job(),
                            text(job.source() + " → " + job.destination()),
                            job.bytes(),
                            job.took(),
                            "failed",
                            text(job.message())));
                }
            }
            case GatewayEvent.LoggedIn _,
                    GatewayEvent.LoginFailed _,
                    GatewayEvent.SessionRefused _,
                    GatewayEvent.LoggedOut _,
                    GatewayEvent.CommandRun _,
                    GatewayEvent.ApiCalled _,
                    GatewayEvent.Renamed _,
                    GatewayEvent.Copied _,
                    GatewayEvent.Done _,
                    GatewayEvent.MessageRefused _,
                    GatewayEvent.Scanned _,
                    GatewayEvent.Quarantined _ -> {}
        }
    }

    /** Clients create folders without looking first; the gateway itself looks for a folder by storing into it. */
    private static boolean isPartOfSuccess(GatewayEvent.Failed failed) {
        return switch (failed.client().origin()) {
            case FTPS, SFTP, HTTP ->
                failed.operation() == Operation.MAKE_DIRECTORY && failed.failure() == Failure.ALREADY_EXISTS;
            case PULL, WATCH, RULE, ARCHIVE, RETENTION ->
                failed.operation() == Operation.UPLOAD && failed.failure() == Failure.NOT_FOUND;
        };
    }

    private static String word(Enum<?> constant) {
        return JsonWords.of(constant);
    }

    private synchronized void succeeded(
            Instant at, Client client, Operation operation, String path, long bytes, Duration took) {
        add(ended, new Ended(at, word(operation), client, null, text(path), bytes, took, "", ""), MOST_ENDED);
    }

    private synchronized void failed(Ended failure) {
        add(failures, failure, MOST_ENDED);
    }

    /** When it began to measure. */
    public Instant since() {
        return since;
    }

    /** The throughput, the oldest step first. */
    public synchronized List<Sample> throughput() {
        return List.copyOf(samples);
    }

    /** The throughput of the last second. */
    public synchronized Sample now() {
        return new Sample(clock.instant(), total.inRate(), total.outRate());
    }

    /** The transfers in progress, the oldest first. */
    public List<Moving> transfers() {
        List<Moving> moving = new ArrayList<>();
        List<ActiveTransfers.Transfer> open = transfers.list();
        synchronized (this) {
            for (ActiveTransfers.Transfer transfer : open) {
                Pace pace = paces.get(transfer.id());
                moving.add(new Moving(transfer, pace == null ? -1 : pace.rate()));
            }
        }
        return moving;
    }

    /** Transfers that were completed lately, the newest first. */
    public synchronized List<Ended> completed(int most) {
        return ended.reversed().stream().limit(most).toList();
    }

    /** What failed lately, the newest first. */
    public synchronized List<Ended> failures(int most) {
        return failures.reversed().stream().limit(most).toList();
    }

    /** The budgets, and how much of them is in use. */
    public List<Memory> memory() {
        List<Memory> all = new ArrayList<>();
        memory.forEach((name, pool) -> all.add(new Memory(
                name, pool.budgetBytes(), pool.reservedBytes(), pool.usedBytes(), pool.open(), pool.waiting())));
        return all;
    }

    /** How many sessions there are, over each protocol that has some. */
    public Map<String, Long> sessions() {
        Map<String, Long> found = new TreeMap<>();
        sessions.list().forEach(session -> found.merge(word(session.use()), 1L, Long::sum));
        return found;
    }

    /** The reasons why clients should not be sent here; empty if it is ready. */
    public List<String> notReady() {
        return notReady.get();
    }

    /**
     * How many jobs are in each state, as of a few seconds ago. While the database fails, these are the last known
     * numbers, or zeroes if there are none; {@link #notReady} then says what is wrong. Blocks for the database; other
     * callers wait meanwhile, so that they are counted once for all.
     */
    public Map<JobState, Long> jobs() {
        synchronized (counting) {
            long now = System.nanoTime();
            if (jobs != null && (counted == 0 || now - counted >= COUNT_NANOS)) {
                try {
                    counts = jobs.counts();
                } catch (StateException e) {
                    // The rest of the overview does not need the database, and says that it fails.
                    log.debug("The jobs could not be counted", e);
                }
                counted = now;
            }
            Map<JobState, Long> all = new EnumMap<>(JobState.class);
            for (JobState state : JobState.values()) {
                all.put(state, counts.getOrDefault(state, 0L));
            }
            return all;
        }
    }

    /** Stops measuring. */
    @Override
    public void close() {
        closed.countDown();
    }
}
