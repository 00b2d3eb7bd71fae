package dev.slipway.transfer.job;

/**
 * How far the parts of a batch are.
 *
 * @param total all parts
 * @param open parts that have not ended
 * @param succeeded parts that are done
 * @param bytesDone bytes of all parts that have arrived
 */
public record BatchProgress(long total, long open, long succeeded, long bytesDone) {}
