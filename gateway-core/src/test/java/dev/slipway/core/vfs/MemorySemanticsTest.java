package dev.slipway.core.vfs;

import dev.slipway.core.store.s3.TestBucket;

class MemorySemanticsTest extends SemanticsContract {
    @Override
    TestBucket newBucket() {
        return TestBucket.inMemory();
    }
}
