package dev.slipway.core.store.s3;

import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.RequestObserver;
import dev.slipway.core.store.UploadJournal;
import dev.slipway.core.store.objects.S3ObjectStore;
import dev.slipway.core.store.objects.StoreOptions;
import dev.slipway.core.store.upload.PartSizes;

/** Opens object stores that are reached over HTTP. */
public final class S3Stores {
    /** The SDK makes four attempts, with pauses in between. */
    private static final int TRIES_AND_PAUSES = 5;

    private S3Stores() {}

    /**
     * Connects lazily: makes no request.
     *
     * @param parts memory for uploads; its budget determines the largest object
     * @param partBytes the size of an upload's first parts in bytes, 5 MiB to a quarter of the budget
     * @param readAhead memory for downloads
     * @param observer receives each request when it has ended
     */
    public static S3ObjectStore open(
            S3Access access,
            PartPool parts,
            long partBytes,
            PartPool readAhead,
            UploadJournal journal,
            RequestObserver observer) {
        return open(access, options(access), parts, PartSizes.of(parts, partBytes), readAhead, journal, observer);
    }

    /** With other sizes, so that tests need no large objects. */
    static S3ObjectStore open(
            S3Access access,
            StoreOptions options,
            PartPool parts,
            PartSizes sizes,
            PartPool readAhead,
            UploadJournal journal,
            RequestObserver observer) {
        AwsOperations client = AwsOperations.connect(access, observer);
        return new S3ObjectStore(client, client, options, parts, sizes, readAhead, journal);
    }

    /** The options that follow from the settings. */
    static StoreOptions options(S3Access access) {
        return new StoreOptions(
                new StorageRules(access.storage()),
                access.settings().checksums() == S3Settings.Checksums.CRC32,
                access.settings().maxCopies(),
                access.settings().requestTimeout().multipliedBy(TRIES_AND_PAUSES),
                StoreOptions.DEFAULT.copyLimit(),
                StoreOptions.DEFAULT.copyPart());
    }
}
