package dev.slipway.core.s3;

import org.jspecify.annotations.Nullable;

/**
 * Asks for a page of keys.
 *
 * @param prefix what they begin with; may be empty
 * @param delimited whether keys with a {@code /} behind the prefix are folded into common prefixes
 * @param startAfter only keys behind this one; null for all
 * @param continuation {@link ListPage#next()} of the page before; null for the first one
 * @param limit the most entries, 1 to 1000
 */
public record ListRequest(
        String bucket,
        String prefix,
        boolean delimited,
        @Nullable String startAfter,
        @Nullable String continuation,
        int limit) {}
