package dev.slipway.core.store.s3;

import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

@S3Store
class MinioInterruptedUploadTest extends InterruptedUploadContract {
    MinioInterruptedUploadTest(S3Bucket bucket, @TempDir Path folder) {
        super(bucket, folder);
    }
}
