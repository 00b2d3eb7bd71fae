package dev.slipway.transfer.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.transfer.outcome.Delivery;
import dev.slipway.transfer.outcome.DeliveryException;
import dev.slipway.transfer.outcome.Outcome;
import dev.slipway.transfer.outcome.OutcomeTarget;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Publishes outcomes: to the destination in the job's message, or else to the one in the settings. An outcome that no
 * queue has accepted counts as undelivered.
 */
public final class AmqpOutcomes implements OutcomeTarget {
    /** Names rows of the database: never changes. */
    private static final String NAME = "amqp";

    private static final int PERSISTENT = 2;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final AmqpBroker broker;
    private final MessageTable messages;
    private final AmqpPublisher publisher;

    /** Connects when there is something to publish. */
    public AmqpOutcomes(AmqpBroker broker, StateDatabase database) {
        this.broker = broker;
        this.messages = new MessageTable(database);
        this.publisher = new AmqpPublisher(broker, "slipway outcomes");
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
        JsonNode event = asOrdered(JSON.readTree(delivery.body()));
        publisher.publish(
                new PublishAddress(
                        address.path("exchange").stringValue(""),
                        address.path("routingKey").stringValue("")),
                properties(delivery, event),
                JSON.writeValueAsString(event).getBytes(StandardCharsets.UTF_8));
    }

    /** The destination as messages have it: a path, beside its host. */
    private static JsonNode asOrdered(JsonNode event) {
        if (event.path("data") instanceof ObjectNode data && data.has("host")) {
            String destination = data.path("destination").stringValue("");
            for (String field : List.of("remote", "host")) {
                String prefix = data.path(field).stringValue("") + ":/";
                if (destination.startsWith(prefix)) {
                    data.put("destination", destination.substring(prefix.length() - 1));
                    break;
                }
            }
        }
        return event;
    }

    private static BasicProperties properties(Delivery delivery, JsonNode event) {
        String correlation = event.path("correlationid").stringValue("");
        return new BasicProperties.Builder()
                .contentType(Outcome.MEDIA_TYPE + "; charset=utf-8")
                .deliveryMode(PERSISTENT)
                .messageId(delivery.event())
                .correlationId(correlation.isEmpty() ? null : correlation)
                .build();
    }

    @Override
    public void close() {
        publisher.close();
    }
}
