package dev.slipway.conformance;

/**
 * What a client sees of a file or directory without reading it.
 *
 * @param size in bytes; of a directory meaningless
 */
record Entry(boolean isDirectory, long size) {}
