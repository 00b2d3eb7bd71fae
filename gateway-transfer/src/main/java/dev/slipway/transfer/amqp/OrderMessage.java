package dev.slipway.transfer.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import dev.slipway.transfer.push.PushOrder;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A message of the queue, bare or as a CloudEvent in structured or binary mode. Problems are reported when the order is
 * requested, so that everything readable can be reported in any case.
 */
final class OrderMessage {
    private static final List<String> BINARY_PREFIXES = List.of("cloudEvents:", "cloudEvents_");

    /** Some hundred times what an order needs. */
    private static final int LARGEST = 256 << 10;

    private static final int LONGEST_CORRELATION = 1000;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final JsonNode NOTHING = JSON.missingNode();

    private final String identity;
    private final String correlation;
    private final OrderBody order;
    private final @Nullable String replyTo;
    private final @Nullable String problem;

    private OrderMessage(
            String identity, String correlation, JsonNode data, @Nullable String replyTo, @Nullable String problem) {
        this.identity = identity;
        this.correlation = correlation;
        this.order = new OrderBody(data);
        this.replyTo = replyTo;
        this.problem = problem;
    }

    static OrderMessage read(BasicProperties properties, byte[] body) {
        JsonNode data = NOTHING;
        JsonNode event = NOTHING;
        String problem = null;
        if (body.length > LARGEST) {
            return new OrderMessage(
                    identity(properties, NOTHING),
                    correlation(properties, NOTHING),
                    NOTHING,
                    properties.getReplyTo(),
                    "the message has more than " + LARGEST + " bytes");
        }
        try {
            JsonNode whole = JSON.readTree(body);
            if (isStructured(properties, whole)) {
                event = whole;
                data = data(whole);
            } else {
                data = whole;
            }
            if (!data.isObject()) {
                problem = "the message has no JSON object with an order";
            }
        } catch (JacksonException e) {
            // Not the parser's own message: it may quote a password.
            problem = "the message is not JSON: "
                    + (e.getLocation() == null
                            ? "it cannot be read"
                            : "line " + e.getLocation().getLineNr() + ", column "
                                    + e.getLocation().getColumnNr());
        }
        return new OrderMessage(
                identity(properties, event), correlation(properties, event), data, properties.getReplyTo(), problem);
    }

    private static boolean isStructured(BasicProperties properties, JsonNode whole) {
        String type = properties.getContentType();
        return (type != null && type.toLowerCase(Locale.ROOT).startsWith("application/cloudevents"))
                || whole.path("specversion").isString();
    }

    /** CloudEvents' {@code data} is JSON, and with some senders a text that is JSON, or that in Base64. */
    private static JsonNode data(JsonNode event) {
        JsonNode data = event.path("data");
        if (data.isString()) {
            return JSON.readTree(data.stringValue());
        }
        JsonNode encoded = event.path("data_base64");
        if (data.isMissingNode() && encoded.isString()) {
            try {
                return JSON.readTree(Base64.getDecoder().decode(encoded.stringValue()));
            } catch (IllegalArgumentException e) {
                return NOTHING;
            }
        }
        return data;
    }

    /** The message's identity, if its sender has given it one; otherwise empty. */
    private static String identity(BasicProperties properties, JsonNode event) {
        if (properties.getMessageId() != null && !properties.getMessageId().isEmpty()) {
            return "message " + properties.getMessageId();
        }
        String source = attribute(properties, event, "source");
        String id = attribute(properties, event, "id");
        return id.isEmpty() ? "" : "event " + source + " " + id;
    }

    private static String correlation(BasicProperties properties, JsonNode event) {
        String given = given(properties, event);
        return given.length() <= LONGEST_CORRELATION ? given : given.substring(0, LONGEST_CORRELATION);
    }

    private static String given(BasicProperties properties, JsonNode event) {
        for (String name : List.of("correlationid", "correlation_id")) {
            String value = attribute(properties, event, name);
            if (!value.isEmpty()) {
                return value;
            }
        }
        String property = properties.getCorrelationId();
        if (property != null && !property.isEmpty()) {
            return property;
        }
        return Objects.requireNonNullElse(properties.getMessageId(), "");
    }

    /** An attribute of the CloudEvent, in whatever form; empty if there is none. */
    private static String attribute(BasicProperties properties, JsonNode event, String name) {
        if (event.path(name).isString()) {
            return event.path(name).stringValue();
        }
        Map<String, Object> headers = properties.getHeaders();
        if (headers != null) {
            for (String prefix : BINARY_PREFIXES) {
                Object value = headers.get(prefix + name);
                if (value != null) {
                    return value.toString();
                }
            }
        }
        return "";
    }

    /** The message's identity; empty if its sender has given it none. */
    String identity() {
        return identity;
    }

    /** The sender's correlation id; may be empty. */
    String correlation() {
        return correlation;
    }

    /**
     * The destination that the sender requests for the outcome.
     *
     * @param exchange the exchange for topics without one; empty if there is none
     * @return null if none was named
     */
    @Nullable
    PublishAddress reply(String exchange) {
        PublishAddress named = order.reply(exchange);
        if (named != null) {
            return named;
        }
        return replyTo == null || replyTo.isEmpty() ? null : new PublishAddress("", replyTo);
    }

    /** The source, for people, as far as it is readable; without possible secrets. */
    String source() {
        return order.source();
    }

    /** The destination, likewise. */
    String destination() {
        return order.destination();
    }

    /** The host that the message names; empty if it names none. */
    String host() {
        return order.host();
    }

    /**
     * The order.
     *
     * @param id the id of its job
     * @throws OrderMessageException it is not a valid order; the message names every problem
     */
    PushOrder order(String id, OrderRules rules) throws OrderMessageException {
        if (problem != null) {
            throw new OrderMessageException(problem);
        }
        return order.push(rules).correlation(correlation).id(id).build();
    }
}
