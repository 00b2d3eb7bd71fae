package dev.slipway.core.store.s3;

import dev.slipway.core.store.ObjectStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class MemoryObjectStoreTest extends ObjectStoreContract {
    MemoryObjectStoreTest(@TempDir Path folder) {
        super(TestBucket.inMemory(), folder);
    }

    @Override
    protected boolean comparesBeforeDeleting() {
        return true;
    }
}
