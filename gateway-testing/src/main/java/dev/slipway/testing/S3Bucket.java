package dev.slipway.testing;

/**
 * An empty bucket that only one test uses.
 *
 * @param endpoint the store that contains it
 * @param name the bucket's name
 */
public record S3Bucket(S3Endpoint endpoint, String name) {}
