package dev.slipway.core.store;

import java.util.Map;

/**
 * What is stored with an object besides its bytes. Fixed when a multipart upload is created.
 *
 * @param metadata user metadata: names in lower case without the {@code x-amz-meta-} prefix, values in US-ASCII
 */
public record ObjectAttributes(Map<String, String> metadata) {
    /** No attributes. */
    public static final ObjectAttributes NONE = new ObjectAttributes(Map.of());

    public ObjectAttributes {
        metadata = Map.copyOf(metadata);
    }
}
