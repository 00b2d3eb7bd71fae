package dev.slipway.core.store.s3;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class MemoryInterruptedUploadTest extends InterruptedUploadContract {
    MemoryInterruptedUploadTest(@TempDir Path folder) {
        super(TestBucket.inMemory(), folder);
    }
}
