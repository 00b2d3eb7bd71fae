package dev.slipway.core.store.objects;

import dev.slipway.core.s3.StoragePlaces;
import java.time.Duration;

/**
 * What an object store goes by.
 *
 * @param places where objects are stored in ways of their own
 * @param checksums whether bytes are sent with their CRC-32
 * @param copiesAtOnce how many copies are worth making at once
 * @param answerLimit for requests that are answered at once or not at all, repeated tries included
 * @param copyLimit the largest object that is copied in one call, in bytes
 * @param copyPart the size of the parts of larger copies, in bytes
 */
public record StoreOptions(
        StoragePlaces places,
        boolean checksums,
        int copiesAtOnce,
        Duration answerLimit,
        long copyLimit,
        long copyPart) {
    /** For a store that is not known better. */
    public static final StoreOptions DEFAULT = new StoreOptions(
            StoragePlaces.none(),
            true,
            64,
            Duration.ofSeconds(150),
            ServerSideCopies.ONE_CALL_BYTES,
            ServerSideCopies.PART_BYTES);

    /** The same with other sizes of copies. */
    public StoreOptions withCopySizes(long limit, long part) {
        return new StoreOptions(places, checksums, copiesAtOnce, answerLimit, limit, part);
    }
}
