package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;

/** Where in a store objects are stored in ways of their own: in other classes, or with other credentials. */
public interface StoragePlaces {
    /** Whether two keys are of one place. */
    boolean isOnePlace(ObjectKey one, ObjectKey other);

    /** Whether all requests for two keys are made with the same credentials. */
    boolean isOneOwner(ObjectKey one, ObjectKey other);

    /** Whether new objects get a storage class by their place. */
    boolean hasOwnClass(ObjectKey key);

    /** A store with no such places: what is of one bucket is of one place. */
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
