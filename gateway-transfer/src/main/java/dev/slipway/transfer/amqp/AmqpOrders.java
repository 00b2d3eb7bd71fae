package dev.slipway.transfer.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.StateException;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.outcome.Outcome;
import dev.slipway.transfer.outcome.Outcomes;
import dev.slipway.transfer.push.PushOrder;
import dev.slipway.transfer.push.PushOrderException;
import dev.slipway.transfer.push.Pushes;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.SecretBox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the messages of a queue into jobs. A message is acknowledged when its job is durable; an invalid one is
 * rejected without requeueing; while the database fails, messages return to the queue, with growing pauses. A
 * redelivered message is the same job. A message whose job failed can become a dead letter; see {@link DeadLetters}.
 *
 * <p>The broker may be unavailable: connecting is retried, also when the connection or the queue was lost. Several
 * gateways may share a queue.
 */
public final class AmqpOrders implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AmqpOrders.class);

    /** Who has submitted the jobs of messages. */
    static final String SUBMITTER = "amqp";

    /** How long the destination of a job's outcome is kept. */
    private static final Duration KEEP = Duration.ofDays(90);

    private static final Duration FORGET_EVERY = Duration.ofDays(1);

    /** How long {@link #close} waits for the message being processed. */
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final AmqpBroker broker;
    private final AmqpSettings settings;
    private final Pushes pushes;
    private final Predicate<String> retry;
    private final OrderRules rules;
    private final Outcomes outcomes;
    private final MessageTable messages;
    private final OrderMessages bodies;
    private final Clock clock;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread supervisor = Thread.ofVirtual().name("amqp-orders").unstarted(this::supervise);
    private final ReentrantLock handling = new ReentrantLock();
    private volatile CountDownLatch current = new CountDownLatch(1);
    private volatile boolean isConnected;
    /** Consecutive failures of messages; only used by the message being processed. */
    private int failures;

    private Instant forgotten = Instant.EPOCH;

    /**
     * Does nothing before {@link #start}.
     *
     * @param retry retries a job; see {@link dev.slipway.transfer.job.Jobs#retry}
     * @param rules what orders may name
     * @param outcomes receives invalid messages
     * @param secrets encrypts messages that may become dead letters
     */
    public AmqpOrders(
            AmqpBroker broker,
            Pushes pushes,
            Predicate<String> retry,
            OrderRules rules,
            Outcomes outcomes,
            StateDatabase database,
            SecretBox secrets,
            Clock clock) {
        this.broker = broker;
        this.settings = broker.settings();
        this.pushes = pushes;
        this.retry = retry;
        this.rules = rules;
        this.outcomes = outcomes;
        this.messages = new MessageTable(database);
        this.bodies = new OrderMessages(database, secrets);
        this.clock = clock;
    }

    /** Starts connecting to the broker, and returns at once. */
    public void start() {
        supervisor.start();
    }

    /** Whether orders are currently taken. */
    public boolean isConnected() {
        return isConnected;
    }

    private void supervise() {
        int lost = 0;
        String told = "";
        while (closed.getCount() > 0) {
            String problem = missing();
            if (problem == null) {
                CountDownLatch ended = new CountDownLatch(1);
                current = ended;
                try (Connection connection = broker.connect("slipway orders", threads)) {
                    consume(connection, ended);
                    log.info("Taking orders from the queue {} of {}", broker.queue(), broker);
                    isConnected = true;
                    lost = 0;
                    told = "";
                    if (closed.getCount() > 0) {
                        ended.await();
                    }
                    problem = "the connection or the queue was lost";
                    // The message being processed is acknowledged before the connection is closed.
                    if (handling.tryLock(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                        handling.unlock();
                    }
                } catch (IOException | TimeoutException | ShutdownSignalException e) {
                    problem = AmqpPublisher.reason(e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                } catch (RuntimeException e) {
                    log.error("Taking orders failed", e);
                    problem = String.valueOf(e.getMessage());
                } finally {
                    isConnected = false;
                }
            }
            if (closed.getCount() > 0) {
                lost++;
                Duration pause = broker.pause(lost);
                if (!problem.equals(told)) {
                    log.warn(
                            "Orders cannot be taken from the queue {} of {}; next attempt in {} s: {}",
                            broker.queue(),
                            broker,
                            pause.toSeconds(),
                            problem);
                    told = problem;
                }
                if (!pause(pause)) {
                    return;
                }
            }
        }
    }

    /** The reason why no order can be performed now; null if there is none. */
    private @Nullable String missing() {
        try {
            Optional<Remote> remote = rules.remotes().find(settings.remote());
            if (remote.isEmpty()) {
                return "no remote is named " + settings.remote() + ". Add one, or name another in amqp.remote";
            }
            if (remote.get().hostKeys().isEmpty()) {
                return "the host key of the remote " + settings.remote()
                        + " is unknown, so any server that answers could take the files";
            }
            return null;
        } catch (StateException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** Waits, unless this is closed meanwhile. */
    private boolean pause(Duration pause) {
        try {
            return !closed.await(pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void consume(Connection connection, CountDownLatch ended) throws IOException {
        connection.addShutdownListener(_ -> ended.countDown());
        Channel channel = connection.createChannel();
        channel.addShutdownListener(_ -> ended.countDown());
        channel.basicQos(settings.prefetchCount());
        channel.basicConsume(broker.queue(), false, new DefaultConsumer(channel) {
            @Override
            public void handleDelivery(String tag, Envelope envelope, BasicProperties properties, byte[] body) {
                handling.lock();
                try {
                    handle(channel, envelope, properties, body);
                } catch (IOException | ShutdownSignalException e) {
                    // The broker redelivers the message, and it will be the same job.
                    log.warn("A message could not be acknowledged: {}", AmqpPublisher.reason(e));
                    ended.countDown();
                } finally {
                    handling.unlock();
                }
            }

            @Override
            public void handleCancel(String tag) {
                ended.countDown();
            }
        });
    }

    private void handle(Channel channel, Envelope envelope, BasicProperties properties, byte[] body)
            throws IOException {
        long tag = envelope.getDeliveryTag();
        if (closed.getCount() == 0) {
            return; // unsettled messages go back to the queue with the connection
        }
        Optional<String> failed = DeadLetters.job(properties);
        if (failed.isPresent()) {
            log.info("The message of the failed job {} becomes a dead letter", failed.get());
            channel.basicReject(tag, false);
            return;
        }
        OrderMessage message = OrderMessage.read(properties, body);
        String digest = message.identity().isEmpty() ? digest(body) : digest(message.identity());
        try {
            String job = job(message, digest, envelope.isRedeliver());
            messages.put(job, digest, message.reply(settings.outcomes().exchange()), clock.instant());
            try {
                submit(message.order(job, rules), job, properties, body);
                log.debug("A message became the job {}", job);
                channel.basicAck(tag, false);
            } catch (PushOrderException e) {
                // Messages with the same id and different orders are told apart by what they are.
                boolean isConflict = e.reason() == PushOrderException.Reason.CONFLICT;
                refuse(message, isConflict ? digest(body) : digest, String.valueOf(e.getMessage()));
                channel.basicReject(tag, false);
            } catch (OrderMessageException e) {
                refuse(message, digest, String.valueOf(e.getMessage()));
                channel.basicReject(tag, false);
            }
            failures = 0;
            if (message.identity().isEmpty()) {
                // The broker answers this after it has read the acknowledgement, which itself has no answer.
                channel.basicQos(settings.prefetchCount());
                settled(job);
            }
            forget();
        } catch (StateException e) {
            back(channel, envelope, String.valueOf(e.getMessage()));
        } catch (ShutdownSignalException e) {
            throw e;
        } catch (RuntimeException e) {
            log.error("A message from the queue {} could not be turned into a job", broker.queue(), e);
            if (envelope.isRedeliver()) {
                // Otherwise it would be redelivered forever and block the others.
                refuse(message, digest, "it could not be turned into a job, twice; the gateway's log says why");
                channel.basicReject(tag, false);
            } else {
                back(channel, envelope, "it could not be turned into a job");
            }
        }
    }

    private void submit(PushOrder order, String id, BasicProperties properties, byte[] body) throws PushOrderException {
        // Before the job, which may fail at once. It may also be there already, with its message.
        boolean isNew = settings.deadLetters() && bodies.put(id, properties, body, clock.instant());
        Job job;
        try {
            job = pushes.submit(order);
        } catch (PushOrderException e) {
            if (isNew) {
                bodies.remove(id);
            }
            throw e;
        }
        if (job.state() == JobState.FAILED && DeadLetters.hasReturned(properties)) {
            log.info("The message of the failed job {} came again; the job is retried", id);
            boolean _ = retry.test(id);
            return;
        }
        if (job.state() == JobState.FAILED) {
            log.info(
                    "A message came again for the job {}, which has failed, and not as a dead letter: it does nothing."
                            + " Retry the job with: jobs retry {}",
                    id,
                    id);
        }
        if (isNew && job.state().isEnd()) {
            bodies.remove(id);
        }
    }

    /** Records that the broker will not redeliver the message. */
    private void settled(String job) {
        try {
            messages.settled(job);
        } catch (StateException e) {
            log.warn(
                    "The message of the job {} was acknowledged, but that could not be recorded: {}",
                    job,
                    e.getMessage());
        }
    }

    /** Returns a message to the queue, after a pause in which no other one is processed. */
    private void back(Channel channel, Envelope envelope, String reason) throws IOException {
        failures++;
        Duration pause = broker.pause(failures);
        log.warn("A message returns to the queue {} in {} s: {}", broker.queue(), pause.toSeconds(), reason);
        if (pause(pause)) {
            channel.basicNack(envelope.getDeliveryTag(), false, true);
        }
    }

    /** The job id of a message: the same when the message is redelivered. */
    private String job(OrderMessage message, String digest, boolean isRedelivered) {
        if (!message.identity().isEmpty()) {
            return "amqp-" + digest;
        }
        // Two identical messages are two orders, unless the second is a redelivery.
        return (isRedelivered ? messages.unsettled(digest) : Optional.<String>empty())
                .orElseGet(() -> "amqp-" + UUID.randomUUID());
    }

    private String digest(String identity) {
        return digest(("identity\0" + identity).getBytes(StandardCharsets.UTF_8));
    }

    private String digest(byte[] bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update((broker.queue() + "\0").getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest(bytes), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    private void refuse(OrderMessage message, String digest, String reason) {
        Outcome outcome = Outcome.refused(
                broker.queue() + "\0" + digest,
                clock.instant(),
                reason,
                message.source(),
                message.destination(),
                message.host(),
                SUBMITTER,
                message.correlation());
        log.warn(
                "A message from the queue {} was rejected (correlation id {}): {}",
                broker.queue(),
                message.correlation().isEmpty() ? "none" : message.correlation(),
                reason);
        // Its place is looked up by the event, since there is no job.
        messages.put(outcome.id(), "", message.reply(settings.outcomes().exchange()), clock.instant());
        outcomes.refused(outcome, broker.queue());
    }

    private void forget() {
        Instant now = clock.instant();
        if (forgotten.plus(FORGET_EVERY).isBefore(now)) {
            forgotten = now;
            try {
                messages.forget(now.minus(KEEP));
                bodies.forget(now.minus(KEEP));
            } catch (StateException e) {
                log.warn("Records of old messages could not be removed: {}", e.getMessage());
            }
        }
    }

    /** Stops taking orders. Blocks for the message being processed, at most ten seconds. */
    @Override
    public void close() {
        closed.countDown();
        current.countDown();
        try {
            if (supervisor.getState() != Thread.State.NEW && !supervisor.join(GRACE)) {
                supervisor.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        threads.shutdown();
    }
}
