package dev.slipway.core.store;

import dev.slipway.core.Protocol;
import dev.slipway.core.event.Origin;

/**
 * Where the bytes of an upload come from, for those who are told of it.
 *
 * @param account the account that uploads
 * @param path the path of the file, as the account sees it
 * @param origin how it reached the gateway
 * @param address the client's address, as text
 */
public record UploadOrigin(String account, String path, Origin origin, String address) {
    /** The upload of a client that is connected by a protocol. */
    public UploadOrigin(String account, String path, Protocol protocol, String address) {
        this(account, path, Origin.of(protocol), address);
    }
}
