package dev.slipway.sftp;

/** A Diffie-Hellman key exchange that is secure, but costs the server several times as much as modern ones. */
public enum ExtraKeyExchange {
    /** {@code diffie-hellman-group16-sha512} (RFC 8268), with 4096 bits. */
    GROUP16,
    /** {@code diffie-hellman-group-exchange-sha256} (RFC 4419), with 2048 to 4096 bits. */
    GROUP_EXCHANGE
}
