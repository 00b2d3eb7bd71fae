package dev.slipway.testing;

/**
 * An empty bucket that belongs to one test alone.
 *
 * @param endpoint the store that has the bucket
 * @param name the bucket's name
 */
public record S3Bucket(S3Endpoint endpoint, String name) {}
