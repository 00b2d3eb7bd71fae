package dev.slipway.conformance;

/**
 * What a client sees of a file or directory without reading it.
 *
 * @param size in bytes; meaningless for a directory
 */
record Entry(boolean isDirectory, long size) {}
