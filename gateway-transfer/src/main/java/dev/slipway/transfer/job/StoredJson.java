package dev.slipway.transfer.job;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * The stored form of requests, checkpoints and reports in the database. A gateway of another version may have written
 * it: what it does not know is ignored, and what is missing is null, 0 or false.
 */
public final class StoredJson {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private StoredJson() {}

    /** The text for a record, whose package must be open to Jackson. */
    public static String write(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    /**
     * The record that a text stands for.
     *
     * @throws IllegalArgumentException it is something else; the message does not contain the text, since there may be
     *     secrets in it
     */
    public static <T> T read(String text, Class<T> type) {
        try {
            return MAPPER.readValue(text, type);
        } catch (JacksonException e) {
            // Nor is the parser's message a cause: it may quote the text.
            throw new IllegalArgumentException(
                    "this is no " + type.getSimpleName() + " (" + e.getClass().getSimpleName() + ")");
        }
    }
}
