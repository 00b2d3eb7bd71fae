package dev.slipway.core.store.s3;

import dev.slipway.core.state.PostgresAddress;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;

/** With the journal in a database that another gateway takes over. */
@S3Store
@Postgres
class SharedInterruptedUploadTest extends InterruptedUploadContract {
    SharedInterruptedUploadTest(S3Bucket bucket, PostgresDatabase database) {
        super(TestBucket.of(bucket), () -> StateDatabase.open(new PostgresAddress(database.url(), null, null)));
    }
}
