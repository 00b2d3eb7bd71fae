package dev.slipway.core.vfs;

import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Endpoint;
import dev.slipway.testing.S3Store;
import java.util.UUID;

@S3Store
class SemanticsTest extends SemanticsContract {
    private final S3Endpoint endpoint;

    SemanticsTest(S3Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    @Override
    TestBucket newBucket() {
        String name = "semantics-" + UUID.randomUUID();
        try (var client = endpoint.newClient()) {
            client.createBucket(request -> request.bucket(name)).join();
        }
        return TestBucket.of(new S3Bucket(endpoint, name));
    }
}
