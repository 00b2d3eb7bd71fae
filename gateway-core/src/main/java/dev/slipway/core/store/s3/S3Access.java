package dev.slipway.core.store.s3;

import java.util.List;

/**
 * What it takes to reach a store.
 *
 * @param storage the storage policies of locations, with their keys
 */
public record S3Access(S3Settings settings, List<StorageRule> storage) {
    public S3Access {
        storage = List.copyOf(storage);
    }

    /** A store with the same policy everywhere: its own. */
    public static S3Access of(S3Settings settings) {
        return new S3Access(settings, List.of());
    }
}
