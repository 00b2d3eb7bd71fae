package dev.slipway.core.archive;

import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Lists a prefix of the store together with what is archived of it. Both are sorted, so that a page of each is in memory,
 * however many there are. Where both have a key, the store's object is listed.
 */
final class MergedListing {
    private final ObjectStore store;
    private final ArchivedObjects archived;
    private final String bucket;
    private final String prefix;
    private final boolean delimited;
    private final int limit;

    /** @param limit the most entries of a page, 1 to 1000 */
    MergedListing(
            ObjectStore store, ArchivedObjects archived, String bucket, String prefix, boolean delimited, int limit) {
        this.store = store;
        this.archived = archived;
        this.bucket = bucket;
        this.prefix = prefix;
        this.delimited = delimited;
        this.limit = limit;
    }

    /** A page of one side: its entries, and whether others follow them. */
    private record Side(NavigableMap<String, Optional<ObjectInfo>> entries, boolean hasMore) {
        static Side of(List<ObjectInfo> objects, List<String> prefixes, boolean hasMore) {
            TreeMap<String, Optional<ObjectInfo>> entries = new TreeMap<>(Utf8Order.INSTANCE);
            prefixes.forEach(prefix -> entries.put(prefix, Optional.empty()));
            objects.forEach(object -> entries.put(object.key().key(), Optional.of(object)));
            return new Side(entries, hasMore);
        }

        /** The last entry up to which nothing is missing; null if nothing is missing at all. */
        @Nullable
        String horizon() {
            return hasMore && !entries.isEmpty() ? entries.lastKey() : null;
        }
    }

    /** A page that is full unless it is the last. */
    ObjectPage page(@Nullable String cursor) throws StoreException {
        ListingCursor from = cursor == null ? null : ListingCursor.parse(cursor);
        if (from instanceof ListingCursor.Store inStore) {
            return inStore(inStore.cursor());
        }
        if (from == null && isNothingArchived()) {
            return inStore(null);
        }
        List<ObjectInfo> objects = new ArrayList<>();
        List<String> prefixes = new ArrayList<>();
        ListingCursor.Both at = (ListingCursor.Both) from;
        while (true) {
            at = add(at, limit - objects.size() - prefixes.size(), objects, prefixes);
            if (at == null || objects.size() + prefixes.size() == limit) {
                return new ObjectPage(objects, prefixes, at == null ? null : at.toString());
            }
        }
    }

    /** A page of what follows an entry, which may have fewer entries although there are more. */
    ObjectPage after(String last) throws StoreException {
        if (isNothingArchived()) {
            ObjectPage page = store.listAfter(new ObjectKey(bucket, last), prefix, delimited, limit);
            return new ObjectPage(page.objects(), page.prefixes(), next(page.next()));
        }
        List<ObjectInfo> objects = new ArrayList<>();
        List<String> prefixes = new ArrayList<>();
        ListingCursor.Both next = add(new ListingCursor.Both(last, false, null), limit, objects, prefixes);
        return new ObjectPage(objects, prefixes, next == null ? null : next.toString());
    }

    private boolean isNothingArchived() {
        if (!archived.anyIn(bucket)) {
            return true;
        }
        ArchivedPage any = archived.list(bucket, prefix, false, null, 1);
        return any.objects().isEmpty();
    }

    private ObjectPage inStore(@Nullable String cursor) throws StoreException {
        ObjectPage page = store.list(bucket, prefix, delimited, cursor, limit);
        return new ObjectPage(page.objects(), page.prefixes(), next(page.next()));
    }

    private static @Nullable String next(@Nullable String cursor) {
        return cursor == null ? null : new ListingCursor.Store(cursor).toString();
    }

    /**
     * Adds entries that follow.
     *
     * @param at null for the beginning
     * @return where it continues; null if there are no more
     */
    private ListingCursor.@Nullable Both add(
            ListingCursor.@Nullable Both at, int most, List<ObjectInfo> objects, List<String> prefixes)
            throws StoreException {
        Side members = archived(at, most);
        Side stored = at != null && needsNoStore(at, members) ? new Side(new TreeMap<>(), false) : stored(at, most);
        boolean asked = at == null || !needsNoStore(at, members);
        NavigableMap<String, Optional<ObjectInfo>> merged = new TreeMap<>(Utf8Order.INSTANCE);
        merged.putAll(members.entries());
        merged.putAll(stored.entries());
        String horizon = least(members.horizon(), stored.horizon());
        if (horizon != null) {
            merged = merged.headMap(horizon, true);
        }
        int added = 0;
        String last = at == null ? "" : at.last();
        for (var entry : merged.entrySet()) {
            if (added == most) {
                break;
            }
            entry.getValue().ifPresentOrElse(objects::add, () -> prefixes.add(entry.getKey()));
            last = entry.getKey();
            added++;
        }
        boolean hasMore = members.hasMore() || stored.hasMore() || added < merged.size();
        if (!asked && at != null) {
            return hasMore || !at.exhausted() ? new ListingCursor.Both(last, at.exhausted(), at.next()) : null;
        }
        if (!hasMore && horizon == null) {
            return null;
        }
        String next = stored.entries().higherKey(last);
        return new ListingCursor.Both(last, next == null && !stored.hasMore(), next);
    }

    /** Whether the store has nothing before the last of these members. */
    private static boolean needsNoStore(ListingCursor.Both at, Side members) {
        String next = at.next();
        return at.exhausted()
                || (next != null
                        && members.hasMore()
                        && !members.entries().isEmpty()
                        && Utf8Order.INSTANCE.compare(members.entries().lastKey(), next) < 0);
    }

    private Side archived(ListingCursor.@Nullable Both at, int most) {
        ArchivedPage page = archived.list(bucket, prefix, delimited, at == null ? null : at.last(), most);
        return Side.of(page.objects(), page.prefixes(), page.hasMore());
    }

    /** Stores are asked for at least two, and some return a common prefix again after which they are asked. */
    private Side stored(ListingCursor.@Nullable Both at, int most) throws StoreException {
        int wanted = Math.clamp(most + 1, 2, 1000);
        if (at == null) {
            ObjectPage page = store.list(bucket, prefix, delimited, null, wanted);
            return Side.of(page.objects(), page.prefixes(), page.next() != null);
        }
        ObjectPage page = store.listAfter(new ObjectKey(bucket, at.last()), prefix, delimited, wanted);
        while (true) {
            Side side = Side.of(page.objects(), page.prefixes(), page.next() != null);
            side.entries().headMap(at.last(), true).clear();
            if (!side.hasMore() || !side.entries().isEmpty()) {
                return side;
            }
            page = store.list(bucket, prefix, delimited, page.next(), wanted);
        }
    }

    private static @Nullable String least(@Nullable String one, @Nullable String other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return Utf8Order.INSTANCE.compare(one, other) <= 0 ? one : other;
    }
}
