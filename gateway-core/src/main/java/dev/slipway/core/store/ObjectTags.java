package dev.slipway.core.store;

import java.util.Map;
import java.util.Optional;

/** The tags of objects, and their content types. Thread-safe. Failures are those of {@link ObjectStore}. */
public interface ObjectTags {
    /**
     * Adds tags to those that the newest version of an object has; a tag of the same key gets the new value. Blocks.
     * Repeating it changes nothing. S3 has no condition for it: if the object is replaced in between, the new version
     * gets the tags.
     *
     * @param tags keys of 1 to 128 characters, and values of at most 256
     * @throws StoreException {@link dev.slipway.core.Failure#NOT_FOUND} if there is no object, {@link
     *     dev.slipway.core.Failure#UNSUPPORTED} if there would be more than 10 tags, as many as S3 allows
     */
    void addTags(ObjectKey key, Map<String, String> tags) throws StoreException;

    /**
     * What the newest version of an object says of itself; empty if there is none. Blocks for a request, and for another
     * one if tags are wanted. If the object is replaced in between, the tags may be those of the new version.
     *
     * @throws StoreException {@link dev.slipway.core.Failure#UNSUPPORTED} if tags are wanted and the store has none
     */
    Optional<ObjectLabels> labels(ObjectKey key, boolean withTags) throws StoreException;
}
