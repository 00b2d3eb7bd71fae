package dev.slipway.app.embedded;

import dev.slipway.core.store.ObjectStoreContract;
import dev.slipway.testing.S3Bucket;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(EmbeddedBucket.class)
class EmbeddedObjectStoreTest extends ObjectStoreContract {
    EmbeddedObjectStoreTest(S3Bucket bucket, @TempDir Path folder) {
        super(bucket, folder);
    }

    /** It stores objects as files. */
    @Override
    protected boolean keepsFileBesideDirectory() {
        return false;
    }

    @Override
    protected boolean comparesBeforeDeleting() {
        return true;
    }

    /** It answers 501 to tags. */
    @Override
    protected boolean keepsTags() {
        return false;
    }

    @Override
    protected boolean hasStorageClasses() {
        return false;
    }
}
