package dev.slipway.core.store.s3;

import dev.slipway.core.state.StateDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * State databases for tests: copies of one that has the current schema, since a migration takes longer than most tests.
 */
final class TestState {
    private static final byte[] MIGRATED = migrated();

    private TestState() {}

    private static byte[] migrated() {
        try {
            Path folder = Files.createTempDirectory("slipway-state");
            Path file = folder.resolve("state.db");
            StateDatabase.open(file).close();
            byte[] bytes = Files.readAllBytes(file);
            try (var left = Files.list(folder)) {
                for (Path path : left.toList()) {
                    Files.delete(path);
                }
            }
            Files.delete(folder);
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Opens the database of a folder; creates it if necessary. */
    static StateDatabase open(Path folder) {
        Path file = folder.resolve("state.db");
        try {
            Files.createDirectories(folder);
            if (!Files.exists(file)) {
                Files.write(file, MIGRATED);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return StateDatabase.open(file);
    }
}
