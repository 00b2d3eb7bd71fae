package dev.slipway.core.vfs;

import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

@S3Store
class IsolationTest extends IsolationContract {
    IsolationTest(S3Bucket bucket, @TempDir Path folder) {
        super(TestBucket.of(bucket), folder);
    }
}
