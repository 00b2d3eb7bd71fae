package dev.slipway.core.store.upload;

import dev.slipway.core.s3.ObjectDescription;
import dev.slipway.core.store.ObjectAttributes;
import java.util.HashMap;
import java.util.Map;

/**
 * What a version is stored with beside its bytes, for the next version of the same object.
 *
 * @param description what the store says of the version, its tags included
 */
public record KeptAttributes(ObjectDescription description) {
    /** The time of a file that was changed is another one. */
    private static final String TIME = "mtime";

    private static final String USUAL_CLASS = "STANDARD";

    /** What the next version is stored with, where attributes of its own come before what is kept. */
    ObjectDescription with(ObjectAttributes attributes) {
        Map<String, String> metadata = new HashMap<>(description.metadata());
        metadata.remove(TIME);
        metadata.putAll(attributes.metadata());
        // A HEAD does not name the usual class, and the place may have another one for what is new.
        String storageClass = description.storageClass() == null ? USUAL_CLASS : description.storageClass();
        return description.withMetadata(metadata).withStorageClass(storageClass);
    }
}
