package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of keys, in no particular order: directory buckets of S3 have none.
 *
 * @param prefixes each ending with {@code /}
 * @param next where the next page begins; null if this is the last one. A page may have fewer entries than were asked for
 *     although there are more
 */
public record ListPage(
        List<Entry> objects,
        List<String> prefixes,
        @Nullable String next) {
    /**
     * One object.
     *
     * @param size bytes
     * @param etag quotes included; empty where the store gave none
     */
    public record Entry(ObjectKey key, long size, String etag, Instant lastModified) {}

    public ListPage {
        objects = List.copyOf(objects);
        prefixes = List.copyOf(prefixes);
    }
}
