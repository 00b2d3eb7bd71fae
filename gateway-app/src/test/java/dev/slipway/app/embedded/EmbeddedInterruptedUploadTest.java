package dev.slipway.app.embedded;

import dev.slipway.core.store.s3.InterruptedUploadContract;
import dev.slipway.testing.S3Bucket;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(EmbeddedBucket.class)
class EmbeddedInterruptedUploadTest extends InterruptedUploadContract {
    EmbeddedInterruptedUploadTest(S3Bucket bucket, @TempDir Path folder) {
        super(bucket, folder);
    }
}
