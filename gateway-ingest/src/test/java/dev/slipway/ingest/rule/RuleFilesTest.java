package dev.slipway.ingest.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.core.vfs.ObjectFileSystems;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files that the steps of a rule work on. */
class RuleFilesTest {
    private final TestBucket bucket = TestBucket.inMemory();

    private static void store(RuleFiles files, VirtualPath file, String content) throws IOException {
        files.store(file, new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)), null, true);
    }

    private static String etag(RuleFiles files, VirtualPath file) throws VfsException {
        return Objects.requireNonNull(files.find(file).orElseThrow().version()).etag();
    }

    /** The new version has a job of its own. */
    @Test
    void aFileThatWasReplacedIsNotDeleted(@TempDir Path folder) throws Exception {
        try (TestStore store = new TestStore(bucket, folder.resolve("state"));
                ObjectFileSystems fileSystems = ObjectFileSystems.builder(store.store(), store.attributes())
                        .build()) {
            RuleFiles files = RuleFiles.open(fileSystems, "rule", "job", List.of(bucket.name()), _ -> {});
            VirtualPath file = RuleFiles.path(bucket.name(), "in/a");
            store(files, file, "old");
            String old = etag(files, file);
            store(files, file, "new");

            assertThatThrownBy(() -> files.delete(file, Optional.of(old)))
                    .isInstanceOfSatisfying(
                            VfsException.class, e -> assertThat(e.failure()).isEqualTo(Failure.CONFLICT));
            assertThat(files.find(file)).isPresent();

            files.delete(file, Optional.of(etag(files, file)));
            files.delete(file, Optional.of(old));
            assertThat(files.find(file)).isEmpty();
        }
    }
}
