package dev.slipway.core.store.objects;

import dev.slipway.core.s3.StorageLocations;
import java.time.Duration;

/**
 * Options of an object store.
 *
 * @param locations locations that have a storage policy
 * @param checksums whether bytes are sent with their CRC-32
 * @param copiesAtOnce how many concurrent copies are useful
 * @param answerLimit the time limit for requests that the store answers promptly or not at all, including retries
 * @param copyLimit the largest object that is copied in one call, in bytes
 * @param copyPart the part size of larger copies, in bytes
 */
public record StoreOptions(
        StorageLocations locations,
        boolean checksums,
        int copiesAtOnce,
        Duration answerLimit,
        long copyLimit,
        long copyPart) {
    /** The defaults. */
    public static final StoreOptions DEFAULT = new StoreOptions(
            StorageLocations.none(),
            true,
            64,
            Duration.ofSeconds(150),
            ServerSideCopies.ONE_CALL_BYTES,
            ServerSideCopies.PART_BYTES);

    /** The same options with other copy sizes. */
    public StoreOptions withCopySizes(long limit, long part) {
        return new StoreOptions(locations, checksums, copiesAtOnce, answerLimit, limit, part);
    }
}
