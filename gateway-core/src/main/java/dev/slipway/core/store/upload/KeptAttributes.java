package dev.slipway.core.store.upload;

import dev.slipway.core.s3.ObjectDescription;
import dev.slipway.core.store.ObjectAttributes;
import java.util.HashMap;
import java.util.Map;

/**
 * What is stored with a version besides its bytes, for the next version of the same object.
 *
 * @param description the attributes that the store returned, including tags
 */
public record KeptAttributes(ObjectDescription description) {
    /** A changed file has a new time. */
    private static final String TIME = "mtime";

    private static final String USUAL_CLASS = "STANDARD";

    /** The attributes of the next version: new attributes override the kept ones. */
    ObjectDescription with(ObjectAttributes attributes) {
        Map<String, String> metadata = new HashMap<>(description.metadata());
        metadata.remove(TIME);
        metadata.putAll(attributes.metadata());
        // A HEAD does not name the default class; without a name, the storage policy could choose another one.
        String storageClass = description.storageClass() == null ? USUAL_CLASS : description.storageClass();
        return description.withMetadata(metadata).withStorageClass(storageClass);
    }
}
