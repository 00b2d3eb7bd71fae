package dev.slipway.core.store.s3;

import dev.slipway.core.s3.S3OperationsContract;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;

@S3Store
class MinioOperationsTest extends S3OperationsContract {
    MinioOperationsTest(S3Bucket bucket) {
        super(TestBucket.of(bucket).connect(), bucket.name());
    }

    /** MinIO lists only the uploads of one complete key. */
    @Override
    protected boolean listsUploadsByPrefix() {
        return false;
    }

    @Override
    protected boolean comparesBeforeDeleting() {
        return false;
    }
}
