package dev.slipway.core.store.s3;

import dev.slipway.core.store.ObjectStoreContract;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

@S3Store
class MinioObjectStoreTest extends ObjectStoreContract {
    MinioObjectStoreTest(S3Bucket bucket, @TempDir Path folder) {
        super(bucket, folder);
    }

    /** MinIO answers XMinioParentIsObject. */
    @Override
    protected boolean keepsFileBesideDirectory() {
        return false;
    }
}
