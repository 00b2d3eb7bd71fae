package dev.slipway.core.s3.memory;

import dev.slipway.core.s3.S3OperationsContract;

class MemoryS3Test extends S3OperationsContract {
    MemoryS3Test() {
        super(new MemoryS3().createBucket("bucket").connect(), "bucket");
    }

    @Override
    protected boolean comparesBeforeCopying() {
        return true;
    }
}
