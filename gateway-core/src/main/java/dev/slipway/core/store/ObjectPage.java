package dev.slipway.core.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a listing.
 *
 * @param objects the objects directly under the prefix (with a delimiter), or all of them (without)
 * @param prefixes the common prefixes, each ending with {@code /}; empty without a delimiter
 * @param next where the next page starts, or null when this is the last one
 */
public record ObjectPage(
        List<ObjectInfo> objects,
        List<String> prefixes,
        @Nullable String next) {
    public ObjectPage {
        objects = List.copyOf(objects);
        prefixes = List.copyOf(prefixes);
    }
}
