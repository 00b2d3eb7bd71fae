package dev.slipway.core.store.s3;

import dev.slipway.core.s3.S3OperationsContract;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Product;
import dev.slipway.testing.S3Store;

@S3Store(S3Product.VERSITYGW)
class VersitygwOperationsTest extends S3OperationsContract {
    VersitygwOperationsTest(S3Bucket bucket) {
        super(TestBucket.of(bucket).connect(), bucket.name());
    }

    @Override
    protected boolean hasStorageClasses() {
        return false;
    }
}
