package dev.slipway.core.s3;

import org.jspecify.annotations.Nullable;

/**
 * A request for multipart uploads that were neither completed nor aborted.
 *
 * @param prefix the prefix of their keys
 * @param after where the previous page ended; null for the first page
 */
public record ListMultipartUploadsRequest(String bucket, String prefix, MultipartUploadPage.@Nullable Marker after) {}
