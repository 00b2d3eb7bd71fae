package dev.slipway.core.store;

import java.util.Map;

/** The tags of objects. Thread-safe. Failures are those of {@link ObjectStore}. */
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
}
