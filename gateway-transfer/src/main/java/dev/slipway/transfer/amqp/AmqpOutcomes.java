package dev.slipway.transfer.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.Return;
import com.rabbitmq.client.ShutdownSignalException;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.transfer.outcome.Delivery;
import dev.slipway.transfer.outcome.DeliveryException;
import dev.slipway.transfer.outcome.Outcome;
import dev.slipway.transfer.outcome.OutcomeTarget;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Publishes outcomes: to the destination in the job's message, or else to the one in the settings. An outcome that no
 * queue has accepted counts as undelivered. It has its own connection, as RabbitMQ recommends: the broker stops reading
 * from publishers when its memory is full, and orders should be acknowledged even then.
 */
public final class AmqpOutcomes implements OutcomeTarget {
    /** Names rows of the database: never changes. */
    private static final String NAME = "amqp";

    private static final long CONFIRM_MILLIS = 10_000;
    private static final int PERSISTENT = 2;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final AmqpBroker broker;
    private final MessageTable messages;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final ReentrantLock publishing = new ReentrantLock();
    private volatile @Nullable Connection connection;
    private @Nullable Channel channel;
    private volatile @Nullable Return returned;
    private volatile boolean closed;

    /** Connects when there is something to publish. */
    public AmqpOutcomes(AmqpBroker broker, StateDatabase database) {
        this.broker = broker;
        this.messages = new MessageTable(database);
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

    @Override
    public Optional<String> address(Outcome outcome) {
        Optional<PublishAddress> reply = messages.reply(outcome.job().isEmpty() ? outcome.id() : outcome.job());
        PublishAddress place = reply.orElseGet(broker.settings()::outcomes);
        if (reply.isEmpty() && place.exchange().isEmpty() && place.routingKey().isEmpty()) {
            return Optional.empty();
        }
        ObjectNode address =
                JSON.createObjectNode().put("exchange", place.exchange()).put("routingKey", place.routingKey());
        return Optional.of(JSON.writeValueAsString(address));
    }

    @Override
    public void deliver(Delivery delivery) throws DeliveryException, InterruptedException {
        JsonNode address = JSON.readTree(delivery.address());
        PublishAddress place = new PublishAddress(
                address.path("exchange").stringValue(""),
                address.path("routingKey").stringValue(""));
        publishing.lockInterruptibly();
        try {
            publish(place, delivery);
        } catch (IOException | TimeoutException | ShutdownSignalException e) {
            abandon();
            throw DeliveryException.temporary(broker + ": " + reason(e), e);
        } finally {
            publishing.unlock();
        }
    }

    private void publish(PublishAddress place, Delivery delivery)
            throws IOException, TimeoutException, InterruptedException, DeliveryException {
        Channel open = channel();
        returned = null;
        open.basicPublish(
                place.exchange(),
                place.routingKey(),
                true,
                properties(delivery),
                delivery.body().getBytes(StandardCharsets.UTF_8));
        boolean confirmed = open.waitForConfirms(CONFIRM_MILLIS);
        // A returned message arrives before its confirmation.
        Return refused = returned;
        if (refused != null) {
            throw DeliveryException.temporary(
                    broker + ": no queue receives messages published to the exchange '" + place.exchange()
                            + "' with the routing key '" + place.routingKey() + "'",
                    null);
        }
        if (!confirmed) {
            throw DeliveryException.temporary(broker + " could not store it", null);
        }
    }

    private static BasicProperties properties(Delivery delivery) {
        String correlation =
                JSON.readTree(delivery.body()).path("correlationid").stringValue("");
        return new BasicProperties.Builder()
                .contentType(Outcome.MEDIA_TYPE + "; charset=utf-8")
                .deliveryMode(PERSISTENT)
                .messageId(delivery.event())
                .correlationId(correlation.isEmpty() ? null : correlation)
                .build();
    }

    private Channel channel() throws IOException, TimeoutException {
        Channel present = channel;
        if (present != null && present.isOpen()) {
            return present;
        }
        Connection open = connection;
        if (open == null || !open.isOpen()) {
            if (closed) {
                throw new IOException("closed");
            }
            open = broker.connect("slipway outcomes", threads);
            connection = open;
        }
        Channel made = open.createChannel();
        made.confirmSelect();
        made.addReturnListener(message -> returned = message);
        channel = made;
        return made;
    }

    private void abandon() {
        Connection open = connection;
        connection = null;
        channel = null;
        if (open != null) {
            open.abort();
        }
    }

    /** Without the text of a stack of exceptions. */
    static String reason(Throwable e) {
        Throwable last = e;
        while (last.getCause() != null) {
            last = last.getCause();
        }
        return last.getMessage() == null ? last.getClass().getSimpleName() : last.getMessage();
    }

    @Override
    public void close() {
        closed = true;
        Connection open = connection;
        if (open != null) {
            open.abort();
        }
        threads.shutdown();
    }
}
