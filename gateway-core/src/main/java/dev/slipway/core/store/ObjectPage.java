package dev.slipway.core.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A listing page.
 *
 * @param objects the objects directly under the prefix (with a delimiter), or all objects under it (without)
 * @param prefixes the common prefixes, each ending with {@code /}; empty without a delimiter
 * @param next the cursor of the next page, or null if this is the last one
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
