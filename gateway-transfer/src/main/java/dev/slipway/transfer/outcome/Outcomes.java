package dev.slipway.transfer.outcome;

import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.StateException;
import dev.slipway.core.state.UploadOutbox;
import dev.slipway.transfer.job.Job;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports the outcomes of jobs, at once to the gateway's own events (and so to the audit log), and to {@link
 * OutcomeTarget}s as soon as they accept them; also uploads to the targets that want them. Undelivered events are stored
 * in the state database and retried, also by the next run of the gateway. Each target gets every event at least once,
 * always under the same id.
 *
 * <p>Safe for use by several threads. Every target has its own thread, so that none waits for another.
 */
public final class Outcomes implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Outcomes.class);

    /** A target may take half a minute; others may try what has not ended by then. */
    private static final Duration CLAIM = Duration.ofMinutes(3);

    /** The longest interval between polls of the database, to which other gateways may add deliveries. */
    private static final Duration LOOK = Duration.ofSeconds(15);

    private static final Duration SWEEP = Duration.ofMinutes(10);

    /** How long {@link #close} waits for deliveries in progress. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    /** The most uploads that a target may have to be told of; see {@link Backlog}. */
    private static final long MOST_WAITING = 100_000;

    private final DeliveryTable table;
    private final List<Worker> workers;
    private final UploadEvents uploads;
    private final Events events;
    private final DeliveryTimes times;
    private final Clock clock;
    private final AtomicLong undelivered = new AtomicLong();

    /**
     * Does nothing before {@link #start}.
     *
     * @param targets the receivers; owned by this object from now on, and closed with it
     * @param events where everything is published first
     */
    public Outcomes(
            StateDatabase database, List<OutcomeTarget> targets, Events events, DeliveryTimes times, Clock clock) {
        this.table = new DeliveryTable(database);
        this.events = events;
        this.times = times;
        this.clock = clock;
        this.workers = targets.stream().map(Worker::new).toList();
        List<Worker> told =
                workers.stream().filter(worker -> worker.target.wantsUploads()).toList();
        this.uploads = new UploadEvents(
                table, told.stream().map(worker -> worker.backlog).toList(), () -> told.forEach(Worker::wake), clock);
    }

    /** Receives uploads for the targets that want them, also before {@link #start}. */
    public UploadOutbox uploads() {
        return uploads;
    }

    /** Starts delivering, including events of earlier runs. Blocks for the database. */
    public void start() {
        if (workers.isEmpty()) {
            return;
        }
        table.takeOver();
        workers.forEach(Worker::start);
    }

    /**
     * Reports an ended job. May be called more than once for the same end. Blocks for the database only.
     *
     * @param host the host of its remote; null if that is not known
     * @throws StateException nothing was stored; the call must be repeated
     */
    public void ended(Job job, @Nullable String host) {
        Outcome outcome = Outcome.of(job, host);
        tell(
                outcome,
                new GatewayEvent.JobEnded(
                        outcome.at(),
                        outcome.job(),
                        outcome.type() == OutcomeType.SUCCESS,
                        job.state().name(),
                        outcome.message(),
                        outcome.source(),
                        outcome.destination(),
                        outcome.bytes(),
                        outcome.duration(),
                        outcome.attempts(),
                        outcome.submitter(),
                        outcome.correlation()));
    }

    /** Reports an ended job without a known host; see {@link #ended(Job, String)}. */
    public void ended(Job job) {
        ended(job, null);
    }

    /**
     * Reports a message that did not become a job. Blocks for the database.
     *
     * @param queue where it came from
     * @throws StateException nothing was stored; the call must be repeated
     */
    public void refused(Outcome outcome, String queue) {
        tell(outcome, new GatewayEvent.MessageRefused(outcome.at(), queue, outcome.correlation(), outcome.message()));
    }

    /** How many events of uploads were dropped since too many waited for a target. */
    public long dropped() {
        return workers.stream().mapToLong(worker -> worker.backlog.dropped()).sum();
    }

    /** How many deliveries were given up: a target refused the event, or did not accept it in time. */
    public long undelivered() {
        return undelivered.get();
    }

    private void tell(Outcome outcome, GatewayEvent event) {
        Map<String, String> addresses = new HashMap<>();
        for (Worker worker : workers) {
            worker.target.address(outcome).ifPresent(address -> addresses.put(worker.target.name(), address));
        }
        if (!addresses.isEmpty()) {
            table.add(outcome.id(), outcome.json(), addresses, clock.instant());
        }
        events.publish(event);
        for (Worker worker : workers) {
            if (addresses.containsKey(worker.target.name())) {
                worker.wake();
            }
        }
    }

    /**
     * Delivers nothing more. Blocks for what is just being delivered, some seconds at most; what is left is delivered by
     * the next run.
     */
    @Override
    public void close() {
        workers.forEach(Worker::stop);
        workers.forEach(Worker::join);
        workers.forEach(worker -> worker.target.close());
    }

    /** Delivers to one target. */
    private final class Worker {
        private final OutcomeTarget target;
        private final Semaphore wakes = new Semaphore(0);
        private final Thread thread;
        private final Backlog backlog;
        private volatile boolean stopped;
        private Instant swept = Instant.MIN;
        private Instant counted = Instant.MIN;

        private Worker(OutcomeTarget target) {
            this.target = target;
            this.backlog = new Backlog(target.name(), MOST_WAITING);
            this.thread = Thread.ofVirtual().name("deliveries-" + target.name()).unstarted(this::run);
        }

        private void start() {
            thread.start();
        }

        private void wake() {
            wakes.release();
        }

        private void stop() {
            stopped = true;
            wakes.release();
        }

        private void join() {
            try {
                if (thread.getState() != Thread.State.NEW && !thread.join(GRACE)) {
                    thread.interrupt();
                    thread.join(GRACE);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void run() {
            try (ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor()) {
                while (!stopped) {
                    Duration pause = LOOK;
                    try {
                        sweep();
                        count();
                        pause = round(senders);
                    } catch (StateException e) {
                        log.warn("Deliveries to {} wait for the state database: {}", target.name(), e.getMessage());
                    }
                    if (!stopped && wakes.tryAcquire(Math.max(1, pause.toMillis()), TimeUnit.MILLISECONDS)) {
                        wakes.drainPermits();
                    }
                }
            } catch (InterruptedException e) {
                // It was time to end; what was being delivered is tried again by the next run.
                Thread.currentThread().interrupt();
            }
        }

        /** Delivers what is due, and says for how long there is nothing to do. */
        private Duration round(ExecutorService senders) throws InterruptedException {
            Instant now = clock.instant();
            List<Delivery> claimed = table.claim(target.name(), target.atOnce(), now, now.plus(CLAIM));
            List<Callable<Void>> attempts = new ArrayList<>();
            for (Delivery delivery : claimed) {
                attempts.add(() -> {
                    attempt(delivery);
                    return null;
                });
            }
            for (var attempt : senders.invokeAll(attempts)) {
                if (attempt.state() == Future.State.FAILED) {
                    // The result was not recorded: it is retried when the claim expires.
                    log.warn("A delivery to {} did not end cleanly", target.name(), attempt.exceptionNow());
                }
            }
            if (claimed.size() == target.atOnce()) {
                return Duration.ZERO;
            }
            Duration pause = table.nextDue(target.name())
                    .map(due -> Duration.between(clock.instant(), due))
                    .orElse(LOOK);
            return pause.compareTo(LOOK) < 0 ? pause : LOOK;
        }

        private void attempt(Delivery delivery) throws InterruptedException {
            try {
                target.deliver(delivery);
                table.end(target.name(), delivery.event(), clock.instant(), "");
            } catch (DeliveryException e) {
                failed(delivery, e);
            }
        }

        private void failed(Delivery delivery, DeliveryException failure) {
            Instant now = clock.instant();
            Duration pause = times.pause(delivery.attempt());
            if (pause.compareTo(failure.notBefore()) < 0) {
                pause = failure.notBefore();
            }
            Instant next = now.plus(pause);
            String problem = String.valueOf(failure.getMessage());
            if (failure.isFinal() || next.isAfter(delivery.created().plus(times.giveUpAfter()))) {
                table.end(target.name(), delivery.event(), now, problem);
                undelivered.incrementAndGet();
                log.error(
                        "{} will not receive the event {}; giving up after {} attempts: {}",
                        target.name(),
                        delivery.event(),
                        delivery.attempt(),
                        problem);
                return;
            }
            table.postpone(target.name(), delivery.event(), next, problem);
            log.warn(
                    "{} did not accept the event {} (attempt {}); next attempt in {} s: {}",
                    target.name(),
                    delivery.event(),
                    delivery.attempt(),
                    pause.toSeconds(),
                    problem);
        }

        private void count() {
            Instant now = clock.instant();
            if (target.wantsUploads() && (counted.equals(Instant.MIN) || !now.isBefore(counted.plus(LOOK)))) {
                counted = now;
                backlog.counted(table.waiting(target.name()));
            }
        }

        private void sweep() {
            Instant now = clock.instant();
            if (!swept.equals(Instant.MIN) && now.isBefore(swept.plus(SWEEP))) {
                return;
            }
            swept = now;
            int given = table.sweep(now, times.giveUpAfter(), times.keep());
            if (given > 0) {
                undelivered.addAndGet(given);
                log.error("{} events expired without being delivered", given);
            }
        }
    }
}
