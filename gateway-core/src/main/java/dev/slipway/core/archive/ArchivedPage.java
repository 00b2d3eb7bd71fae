package dev.slipway.core.archive;

import dev.slipway.core.store.ObjectInfo;
import java.util.List;

/**
 * A page of archived objects, by the bytes of their keys.
 *
 * @param objects the objects
 * @param prefixes common prefixes, each ending with {@code /}
 * @param hasMore whether others follow
 */
public record ArchivedPage(List<ObjectInfo> objects, List<String> prefixes, boolean hasMore) {
    public ArchivedPage {
        objects = List.copyOf(objects);
        prefixes = List.copyOf(prefixes);
    }
}
