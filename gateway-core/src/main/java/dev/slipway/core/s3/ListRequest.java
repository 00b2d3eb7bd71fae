package dev.slipway.core.s3;

import org.jspecify.annotations.Nullable;

/**
 * A request for a page of keys.
 *
 * @param prefix the prefix of the keys; may be empty
 * @param delimited whether keys with a {@code /} after the prefix are folded into common prefixes
 * @param startAfter only keys after this one; null for all
 * @param continuation {@link ListPage#next()} of the previous page; null for the first page
 * @param limit the most entries, 1 to 1000
 */
public record ListRequest(
        String bucket,
        String prefix,
        boolean delimited,
        @Nullable String startAfter,
        @Nullable String continuation,
        int limit) {}
