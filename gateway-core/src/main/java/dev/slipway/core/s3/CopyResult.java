package dev.slipway.core.s3;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The result of a copy.
 *
 * @param etag quotes included; empty if the store returned none
 * @param lastModified null if the store returned none
 */
public record CopyResult(String etag, @Nullable Instant lastModified) {}
