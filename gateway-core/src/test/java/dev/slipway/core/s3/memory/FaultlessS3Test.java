package dev.slipway.core.s3.memory;

import dev.slipway.core.s3.S3OperationsContract;

/** Without faults, a faulty store fulfils the contract. */
class FaultlessS3Test extends S3OperationsContract {
    FaultlessS3Test() {
        super(new FaultyS3(new MemoryS3().createBucket("bucket").connect(), new Faults()), "bucket");
    }

    @Override
    protected boolean comparesBeforeCopying() {
        return true;
    }
}
