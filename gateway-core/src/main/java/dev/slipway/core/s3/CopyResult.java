package dev.slipway.core.s3;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a store says of a copy that it has made.
 *
 * @param etag quotes included; empty where the store gave none
 * @param lastModified null where the store gave none
 */
public record CopyResult(String etag, @Nullable Instant lastModified) {}
