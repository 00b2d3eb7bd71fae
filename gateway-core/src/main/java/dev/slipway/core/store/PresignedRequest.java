package dev.slipway.core.store;

import java.net.URI;
import java.util.Map;

/**
 * A signed request that its holder can make until it expires. {@code toString} shows neither the signature nor a key.
 *
 * @param url with the signature in its query
 * @param headers must be sent with the request: they are signed, too, and may contain the key of an encrypted object
 */
public record PresignedRequest(URI url, Map<String, String> headers) {
    public PresignedRequest {
        headers = Map.copyOf(headers);
    }

    @Override
    public String toString() {
        return "PresignedRequest[" + url.getScheme() + "://" + url.getRawAuthority() + url.getRawPath() + "]";
    }
}
