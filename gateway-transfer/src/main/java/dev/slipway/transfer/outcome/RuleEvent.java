package dev.slipway.transfer.outcome;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The event that a rule has a file reported.
 *
 * @param job the id of the rule's job
 * @param step the number of the step, from 1
 * @param rule the name of the rule
 * @param account the account that the file came from
 * @param bucket where the file is now
 * @param key its key
 * @param at when the file came in
 * @param message the text of the rule's settings; null for none
 */
public record RuleEvent(
        String job,
        int step,
        String rule,
        String account,
        String bucket,
        String key,
        Instant at,
        @Nullable String message) {
    private static final String TYPE = "dev.slipway.rule.notified";

    /** Its id: the same in each attempt of the step, so that receivers can tell what they have. */
    public String id() {
        return CloudEvent.id("rule", job, String.valueOf(step));
    }

    /** As CloudEvents 1.0 in JSON. */
    public String json() {
        ObjectNode event = CloudEvent.of(id(), TYPE, at, key);
        ObjectNode data = event.putObject("data")
                .put("rule", rule)
                .put("account", account)
                .put("bucket", bucket)
                .put("key", key)
                .put("job", job);
        CloudEvent.putUnlessEmpty(data, "message", message);
        return CloudEvent.json(event);
    }
}
