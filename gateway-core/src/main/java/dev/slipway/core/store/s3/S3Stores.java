package dev.slipway.core.store.s3;

import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.RequestObserver;
import dev.slipway.core.store.UploadJournal;
import dev.slipway.core.store.objects.S3ObjectStore;
import dev.slipway.core.store.objects.StoreOptions;
import dev.slipway.core.store.upload.PartSizes;

/** Object stores that are reached by HTTP. */
public final class S3Stores {
    /** The SDK tries four times, and pauses in between. */
    private static final int TRIES_AND_PAUSES = 5;

    private S3Stores() {}

    /**
     * Connects lazily: no request is made here.
     *
     * @param parts memory for uploads; its budget decides the largest object
     * @param partBytes the size of an upload's first parts in bytes, 5 MiB to a quarter of the budget
     * @param readAhead memory for downloads
     * @param observer is told of each request when it has ended
     */
    public static S3ObjectStore open(
            S3Settings settings,
            PartPool parts,
            long partBytes,
            PartPool readAhead,
            UploadJournal journal,
            RequestObserver observer) {
        return open(settings, options(settings), parts, PartSizes.of(parts, partBytes), readAhead, journal, observer);
    }

    /** With other sizes, so that tests need no large objects. */
    static S3ObjectStore open(
            S3Settings settings,
            StoreOptions options,
            PartPool parts,
            PartSizes sizes,
            PartPool readAhead,
            UploadJournal journal,
            RequestObserver observer) {
        AwsOperations client = AwsOperations.connect(settings, observer);
        return new S3ObjectStore(client, client, options, parts, sizes, readAhead, journal);
    }

    /** What the settings say of how a store is used. */
    static StoreOptions options(S3Settings settings) {
        return new StoreOptions(
                new StorageRules(settings.storage()),
                settings.checksums() == S3Settings.Checksums.CRC32,
                settings.maxCopies(),
                settings.requestTimeout().multipliedBy(TRIES_AND_PAUSES),
                StoreOptions.DEFAULT.copyLimit(),
                StoreOptions.DEFAULT.copyPart());
    }
}
