package dev.slipway.core.vfs;

import dev.slipway.core.store.s3.TestBucket;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class MemoryChangedFilesTest extends ChangedFilesContract {
    MemoryChangedFilesTest(@TempDir Path folder) {
        super(TestBucket.inMemory(), folder);
    }
}
