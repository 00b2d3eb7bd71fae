package dev.slipway.core.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateDatabaseTest {
    private static final Instant TIME = Instant.parse("2001-02-03T04:05:06Z");

    private static ObjectInfo version(String key, String etag) {
        return new ObjectInfo(new ObjectKey("bucket", key), 1, etag, Instant.EPOCH);
    }

    @Test
    void aDatabaseBelongsToOneGateway(@TempDir Path folder) {
        Path file = folder.resolve("deep/state.db");
        try (StateDatabase _ = StateDatabase.open(file)) {
            assertThatThrownBy(() -> StateDatabase.open(file))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("in use by another gateway");
        }
        StateDatabase.open(file).close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"what?", "a b", "100%41", "x#y", "größe", "a?b=c&d;e"})
    void theFolderMayHaveAnyName(String name, @TempDir Path folder) throws Exception {
        Path file = folder.resolve(name).resolve(name + ".db");
        try (StateDatabase database = StateDatabase.open(file)) {
            new AttributeTable(database).put(version("a", "1"), TIME);
        }
        try (StateDatabase database = StateDatabase.join(file)) {
            assertThat(new AttributeTable(database).modified(version("a", "1"))).contains(TIME);
        }
        assertThat(file).isNotEmptyFile();
        try (Stream<Path> there = Files.list(folder)) {
            assertThat(there).containsExactly(file.getParent());
        }
    }

    @Test
    void onlyTheOwnerMayReadTheFiles(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("state.db");
        assumeTrue(folder.getFileSystem().supportedFileAttributeViews().contains("posix"));
        try (StateDatabase database = StateDatabase.open(file)) {
            new AttributeTable(database).putDirectory(new ObjectKey("bucket", "d/"), Instant.EPOCH);
            try (Stream<Path> files = Files.list(folder)) {
                assertThat(files.filter(path -> !path.toString().endsWith(".lock")))
                        .isNotEmpty()
                        .allSatisfy(
                                path -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                                        .isEqualTo("rw-------"));
            }
        }
    }
}
