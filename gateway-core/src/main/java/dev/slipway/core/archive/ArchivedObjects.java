package dev.slipway.core.archive;

import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import java.util.Collection;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known of archived objects. A key has at most one archived object that is not hidden: the newest. All calls
 * block for the state database. Thread-safe.
 *
 * <p>All throw {@link dev.slipway.core.state.StateException} if the database fails.
 */
public interface ArchivedObjects {
    /** Nothing is archived. */
    ArchivedObjects NONE = new NoArchivedObjects();

    /** Whether any object of a bucket may be archived. Cheaper than the other calls. */
    boolean anyIn(String bucket);

    /** Returns the archived object of a key, unless it is hidden. */
    Optional<ArchivedObject> find(ObjectKey key);

    /** Returns the archived object that a version names, also if it has been hidden since. */
    Optional<ArchivedObject> find(ObjectInfo version);

    /**
     * Lists archived objects that are not hidden, by the bytes of their keys in UTF-8.
     *
     * @param prefix matched literally
     * @param delimited whether keys with a {@code /} after the prefix are folded into common prefixes
     * @param after only keys that follow this one. If it is one of the common prefixes, only keys that follow all with
     *     that prefix. Null to begin with the first
     * @param limit the most entries to return, at least 1. There are fewer only if no others follow
     */
    ArchivedPage list(String bucket, String prefix, boolean delimited, @Nullable String after, int limit);

    /**
     * Hides the archived objects of keys. A key without one is no error.
     *
     * @param keys any number, of any buckets
     */
    void hide(Collection<ObjectKey> keys);

    /**
     * Hides archived objects unless they have been hidden or replaced since.
     *
     * @param versions as {@link ArchivedObject#info} returned them
     */
    void hideUnchanged(Collection<ObjectInfo> versions);
}
