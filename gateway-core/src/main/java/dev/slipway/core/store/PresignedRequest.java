package dev.slipway.core.store;

import java.net.URI;
import java.util.Map;

/**
 * A request that whoever has it can make, until it expires. {@code toString} shows neither its signature nor a key.
 *
 * @param url with the signature in its query
 * @param headers have to be sent with it: they are signed, too, and may hold the key of an encrypted object
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
