package dev.slipway.core.s3;

import org.jspecify.annotations.Nullable;

/**
 * Asks for multipart uploads that were neither completed nor aborted.
 *
 * @param prefix what their keys begin with
 * @param after where the page before ended; null for the first one
 */
public record ListMultipartUploadsRequest(String bucket, String prefix, MultipartUploadPage.@Nullable Marker after) {}
