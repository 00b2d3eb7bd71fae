package dev.slipway.core;

/** An algorithm for checksums of files. */
public enum DigestAlgorithm {
    /** CRC-32 of ISO 3309, as 4 bytes in big-endian order. */
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
