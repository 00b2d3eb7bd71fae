package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of keys, in no particular order: S3's directory buckets do not sort.
 *
 * @param prefixes each ending with {@code /}
 * @param next the continuation of the next page; null if this is the last one. A page may have fewer entries than
 *     requested although there are more
 */
public record ListPage(
        List<Entry> objects,
        List<String> prefixes,
        @Nullable String next) {
    /**
     * One object.
     *
     * @param size bytes
     * @param etag quotes included; empty if the store returned none
     */
    public record Entry(ObjectKey key, long size, String etag, Instant lastModified) {}

    public ListPage {
        objects = List.copyOf(objects);
        prefixes = List.copyOf(prefixes);
    }
}
