package dev.slipway.core.vfs;

import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks up names of one listed directory in another directory, page by page. Both are listed in the same order, so that
 * two pages are in memory and each page takes one request. A name that is missing where the order expects it is looked
 * up by itself: not every store lists in the order of S3. Not thread-safe.
 */
final class PairedListing {
    private static final int PAGE = 1000;

    /** The order of S3's listings: by the bytes of UTF-8. */
    private static final Comparator<String> ORDER =
            (a, b) -> Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

    private final ObjectStore store;
    private final ObjectKey directory;
    private Map<String, ObjectInfo> ahead = new HashMap<>();
    private @Nullable String cursor;
    private @Nullable String listedTo;
    private boolean atEnd;

    /** @param directory the key of the directory's marker, which need not exist */
    PairedListing(ObjectStore store, ObjectKey directory) {
        this.store = store;
        this.directory = directory;
    }

    /**
     * Looks up some names in the directory. Blocks.
     *
     * @param names relative to the directory's prefix, in the order of a listing; those of later calls follow them
     * @return the objects found, by name
     */
    Map<String, ObjectInfo> of(Collection<String> names) throws StoreException {
        Map<String, ObjectInfo> found = new HashMap<>();
        Set<String> wanted = new HashSet<>(names);
        Optional<String> last = wanted.stream().max(ORDER);
        if (last.isEmpty()) {
            return found;
        }
        take(wanted, last.get(), found);
        while (!atEnd && (listedTo == null || ORDER.compare(listedTo, last.get()) < 0)) {
            ObjectPage page = store.list(directory.bucket(), directory.key(), false, cursor, PAGE);
            for (ObjectInfo object : page.objects()) {
                listedTo = object.key().key().substring(directory.key().length());
                ahead.put(listedTo, object);
            }
            cursor = page.next();
            atEnd = cursor == null;
            take(wanted, last.get(), found);
        }
        List<String> missing =
                wanted.stream().filter(name -> !found.containsKey(name)).toList();
        for (String name : missing) {
            store.head(new ObjectKey(directory.bucket(), directory.key() + name))
                    .ifPresent(object -> found.put(name, object));
        }
        return found;
    }

    /**
     * Looks up some names in a directory now, by listing it from a name up to the last of them. Blocks.
     *
     * @param after the name after which to begin; empty for the beginning
     * @param names relative to the directory's prefix
     */
    static Map<String, ObjectInfo> listed(
            ObjectStore store, ObjectKey directory, String after, Collection<String> names) throws StoreException {
        Map<String, ObjectInfo> found = new HashMap<>();
        Set<String> wanted = new HashSet<>(names);
        Optional<String> last = wanted.stream().max(ORDER);
        String from = after;
        while (last.isPresent()) {
            ObjectPage page = from.isEmpty()
                    ? store.list(directory.bucket(), directory.key(), false, null, PAGE)
                    : store.listAfter(
                            new ObjectKey(directory.bucket(), directory.key() + from), directory.key(), false, PAGE);
            for (ObjectInfo object : page.objects()) {
                from = object.key().key().substring(directory.key().length());
                if (wanted.contains(from)) {
                    found.put(from, object);
                }
            }
            if (page.next() == null || page.objects().isEmpty() || ORDER.compare(from, last.get()) >= 0) {
                break;
            }
        }
        return found;
    }

    /** Moves listed objects that are wanted to the result, and keeps those that later calls may want. */
    private void take(Set<String> wanted, String last, Map<String, ObjectInfo> found) {
        for (Map.Entry<String, ObjectInfo> object : new ArrayList<>(ahead.entrySet())) {
            if (wanted.contains(object.getKey())) {
                found.put(object.getKey(), object.getValue());
            }
        }
        ahead.keySet().removeIf(name -> ORDER.compare(name, last) <= 0);
    }
}
