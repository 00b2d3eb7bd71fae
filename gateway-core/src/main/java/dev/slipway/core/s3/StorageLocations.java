package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;

/** The locations of a store that have storage policies: another storage class, or other credentials. */
public interface StorageLocations {
    /** Whether two keys are in the same location. */
    boolean isSameLocation(ObjectKey one, ObjectKey other);

    /** Whether all requests for two keys use the same credentials. */
    boolean haveSameCredentials(ObjectKey one, ObjectKey other);

    /** Whether the policy of its location gives new objects a storage class. */
    boolean hasOwnClass(ObjectKey key);

    /** A store without policies: each bucket is one location. */
    static StorageLocations none() {
        return new StorageLocations() {
            @Override
            public boolean isSameLocation(ObjectKey one, ObjectKey other) {
                return one.bucket().equals(other.bucket());
            }

            @Override
            public boolean haveSameCredentials(ObjectKey one, ObjectKey other) {
                return true;
            }

            @Override
            public boolean hasOwnClass(ObjectKey key) {
                return false;
            }
        };
    }
}
