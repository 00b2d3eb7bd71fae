package dev.slipway.core.store.s3;

import dev.slipway.core.store.ObjectStoreContract;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Product;
import dev.slipway.testing.S3Store;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

@S3Store(S3Product.VERSITYGW)
class VersitygwObjectStoreTest extends ObjectStoreContract {
    VersitygwObjectStoreTest(S3Bucket bucket, @TempDir Path folder) {
        super(bucket, folder);
    }

    /** It stores objects as files. */
    @Override
    protected boolean keepsFileBesideDirectory() {
        return false;
    }

    @Override
    protected boolean comparesBeforeDeleting() {
        return true;
    }

    @Override
    protected boolean hasStorageClasses() {
        return false;
    }
}
