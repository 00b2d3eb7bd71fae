package dev.slipway.transfer.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.outcome.Delivery;
import dev.slipway.transfer.outcome.DeliveryException;
import dev.slipway.transfer.outcome.Outcome;
import dev.slipway.transfer.outcome.OutcomeTarget;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.SecretKeyException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/**
 * Makes dead letters of messages whose jobs have failed. Their messages were acknowledged long ago, and only the broker
 * knows the queue's dead-letter exchange. So the message is published to the queue once more, marked, and {@link
 * AmqpOrders} rejects it, whereupon the broker does what the queue is declared to do with rejected messages.
 */
public final class DeadLetters implements OutcomeTarget {
    /** Names rows of the database: never changes. */
    private static final String NAME = "amqp-dead-letters";

    private static final String JOB = "x-slipway-job";
    private static final String REASON = "x-slipway-reason";

    /** What the broker adds to dead letters (RabbitMQ's guide on dead letter exchanges). */
    private static final String DEATHS = "x-death";

    /** Headers that mean something to the broker. */
    private static final List<String> OF_THE_BROKER = List.of("CC", "BCC", JOB, REASON);

    private static final int PERSISTENT = 2;
    private static final int LONGEST_REASON = 1000;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final AmqpBroker broker;
    private final OrderMessages messages;
    private final AmqpPublisher publisher;

    /** Connects when there is something to publish. */
    public DeadLetters(AmqpBroker broker, StateDatabase database, SecretBox secrets) {
        this.broker = broker;
        this.messages = new OrderMessages(database, secrets);
        this.publisher = new AmqpPublisher(broker, "slipway dead letters");
    }

    /** Whether a message has been a dead letter, and somebody has put it into the queue again. */
    static boolean hasReturned(BasicProperties properties) {
        return headers(properties).containsKey(DEATHS);
    }

    /** The job of a message that is to become a dead letter; empty for an order. */
    static Optional<String> job(BasicProperties properties) {
        return hasReturned(properties)
                ? Optional.empty()
                : Optional.ofNullable(headers(properties).get(JOB))
                        .map(Object::toString)
                        .filter(id -> id.matches("amqp-[0-9a-f-]{1,64}"));
    }

    private static Map<String, Object> headers(BasicProperties properties) {
        return Objects.requireNonNullElse(properties.getHeaders(), Map.of());
    }

    @Override
    public String name() {
        return NAME;
    }

    /** One after the other, since a channel confirms one by one. */
    @Override
    public int atOnce() {
        return 1;
    }

    /** The job; messages whose jobs have ended otherwise are no longer needed. */
    @Override
    public Optional<String> address(Outcome outcome) {
        JobState state = outcome.state();
        if (state == null || !outcome.submitter().equals(AmqpOrders.SUBMITTER)) {
            return Optional.empty();
        }
        if (state == JobState.FAILED) {
            return messages.has(outcome.job()) ? Optional.of(outcome.job()) : Optional.empty();
        }
        messages.remove(outcome.job());
        return Optional.empty();
    }

    @Override
    public void deliver(Delivery delivery) throws DeliveryException, InterruptedException {
        String job = delivery.address();
        Optional<OrderMessages.Kept> kept;
        try {
            kept = messages.find(job);
        } catch (SecretKeyException e) {
            throw DeliveryException.unwanted(String.valueOf(e.getMessage()));
        }
        if (kept.isEmpty()) {
            return; // it was published before, and then this gateway was killed
        }
        String reason =
                JSON.readTree(delivery.body()).path("data").path("message").stringValue("");
        publisher.publish(
                new PublishAddress("", broker.queue()),
                marked(kept.get().properties(), job, reason),
                kept.get().body());
        messages.remove(job);
    }

    /** Without what would lead it elsewhere, or have the broker refuse it. */
    private static BasicProperties marked(BasicProperties properties, String job, String reason) {
        Map<String, Object> headers = new HashMap<>(headers(properties));
        headers.keySet().removeIf(name -> OF_THE_BROKER.contains(name) || name.contains("-death"));
        headers.put(JOB, job);
        headers.put(REASON, reason.substring(0, Math.min(reason.length(), LONGEST_REASON)));
        return properties
                .builder()
                .headers(headers)
                .deliveryMode(PERSISTENT)
                .expiration(null)
                .userId(null)
                .build();
    }

    @Override
    public void close() {
        publisher.close();
    }
}
