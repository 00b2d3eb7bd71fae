package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;

/** The locations of a store that have storage policies: another storage class, or other credentials. */
public interface StoragePlaces {
    /** Whether two keys are in the same location. */
    boolean isOnePlace(ObjectKey one, ObjectKey other);

    /** Whether all requests for two keys use the same credentials. */
    boolean isOneOwner(ObjectKey one, ObjectKey other);

    /** Whether the policy of its location gives new objects a storage class. */
    boolean hasOwnClass(ObjectKey key);

    /** A store without policies: each bucket is one location. */
    static StoragePlaces none() {
        return new StoragePlaces() {
            @Override
            public boolean isOnePlace(ObjectKey one, ObjectKey other) {
                return one.bucket().equals(other.bucket());
            }

            @Override
            public boolean isOneOwner(ObjectKey one, ObjectKey other) {
                return true;
            }

            @Override
            public boolean hasOwnClass(ObjectKey key) {
                return false;
            }
        };
    }
}
