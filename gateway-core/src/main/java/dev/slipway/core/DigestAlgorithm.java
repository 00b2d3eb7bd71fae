package dev.slipway.core;

/** A way to compute a checksum of a file. */
public enum DigestAlgorithm {
    /** CRC-32 of ISO 3309, the big-endian 4 bytes of it. */
    CRC32,
    /** MD5 (<a href="https://www.rfc-editor.org/rfc/rfc1321">RFC 1321</a>). */
    MD5,
    /** SHA-1. */
    SHA1,
    /** SHA-256. */
    SHA256,
    /** SHA-512. */
    SHA512
}
