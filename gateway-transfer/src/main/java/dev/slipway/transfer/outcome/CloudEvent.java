package dev.slipway.transfer.outcome;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The JSON format of CloudEvents 1.0, structured mode. */
final class CloudEvent {
    /** As in the HTTP and AMQP bindings of CloudEvents, whose events name who made them by a URI reference. */
    private static final String SOURCE = "slipway";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private CloudEvent() {}

    /** The id of an event: always the same for the same parts. */
    static String id(String... parts) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(String.join("\0", parts).getBytes(StandardCharsets.UTF_8));
            return "evt_" + HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /** An event without its data. */
    static ObjectNode of(String id, String type, Instant time, String subject) {
        ObjectNode event = JSON.createObjectNode()
                .put("specversion", "1.0")
                .put("id", id)
                .put("source", SOURCE)
                .put("type", type)
                .put("time", time.toString())
                .put("datacontenttype", "application/json");
        putUnlessEmpty(event, "subject", subject);
        return event;
    }

    /** Attributes must not be empty: what there is nothing to be said of is left out. */
    static void putUnlessEmpty(ObjectNode node, String name, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            node.put(name, value);
        }
    }

    static String json(ObjectNode event) {
        return JSON.writeValueAsString(event);
    }
}
