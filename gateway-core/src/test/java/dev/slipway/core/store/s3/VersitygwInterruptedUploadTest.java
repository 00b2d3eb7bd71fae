package dev.slipway.core.store.s3;

import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Product;
import dev.slipway.testing.S3Store;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

@S3Store(S3Product.VERSITYGW)
class VersitygwInterruptedUploadTest extends InterruptedUploadContract {
    VersitygwInterruptedUploadTest(S3Bucket bucket, @TempDir Path folder) {
        super(bucket, folder);
    }
}
