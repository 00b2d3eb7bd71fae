package dev.slipway.core.store;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an object says of itself besides its bytes.
 *
 * @param etag the ETag of its newest version, as the store returns it; empty if the store returned none
 * @param contentType as it was stored, or the store's default; null if the store returned none
 * @param tags its tags; empty if they were not requested
 */
public record ObjectLabels(String etag, @Nullable String contentType, Map<String, String> tags) {
    public ObjectLabels {
        tags = Map.copyOf(tags);
    }
}
