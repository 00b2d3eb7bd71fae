package dev.slipway.core.store;

import dev.slipway.core.Protocol;

/**
 * Where the bytes of an upload come from, for those who are told of it.
 *
 * @param account the account that uploads
 * @param path the path of the file, as the account sees it
 * @param protocol how its client is connected
 * @param address the client's address, as text
 */
public record UploadOrigin(String account, String path, Protocol protocol, String address) {}
