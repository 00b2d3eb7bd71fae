package dev.slipway.core.vfs;

import static dev.slipway.core.vfs.ProxiedFiles.assertFails;
import static dev.slipway.core.vfs.ProxiedFiles.path;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Failure;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** If the state database cannot be written, operations that the store has performed still succeed. */
@S3Store
class LostTimesTest {
    private static final Instant LONG_AGO = Instant.parse("2001-02-03T04:05:06Z");

    private final ProxiedFiles fixture;
    private final VirtualFileSystem files;
    private final Path database;

    LostTimesTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        fixture = new ProxiedFiles(bucket, folder);
        files = fixture.files;
        database = folder.resolve("gateway").resolve("state.db");
    }

    @AfterEach
    void close() throws IOException {
        fixture.close();
    }

    private void run(String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** SQLite answers as it does when the disk is full. */
    private void fillTheDisk() throws SQLException {
        run(
                "CREATE TRIGGER no_insert BEFORE INSERT ON attributes BEGIN SELECT RAISE(FAIL, 'disk is full'); END",
                "CREATE TRIGGER no_delete BEFORE DELETE ON attributes BEGIN SELECT RAISE(FAIL, 'disk is full'); END");
    }

    @Test
    void operationsOfTheStoreSucceedWithoutTheDatabase() throws Exception {
        fixture.put("/file", "1");
        files.setModified(path("/file"), LONG_AGO);
        files.mkdir(path("/from"));
        fixture.put("/from/a", "1");
        files.setModified(path("/from/a"), LONG_AGO);
        fillTheDisk();

        try (FileUpload upload = files.create(path("/new"), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.allocate(3));
            upload.setModified(LONG_AGO);
            assertThat(upload.commit().modified()).isAfter(LONG_AGO);
        }
        files.mkdir(path("/made"));
        files.rename(path("/file"), path("/renamed"), RenameMode.KEEP_TARGET);
        files.rename(path("/from"), path("/to"), RenameMode.KEEP_TARGET);
        files.delete(path("/new"));
        files.rmdir(path("/made"));

        assertThat(fixture.keys()).containsExactly("renamed", "to/", "to/a");
    }

    @Test
    void settingATimeFailsWithoutTheDatabase() throws Exception {
        fixture.put("/file", "1");
        files.mkdir(path("/d"));
        fillTheDisk();

        assertFails(Failure.UNAVAILABLE, () -> files.setModified(path("/file"), LONG_AGO));
        assertFails(Failure.UNAVAILABLE, () -> files.setModified(path("/d"), LONG_AGO));
        assertThat(files.stat(path("/file")).modified()).isAfter(LONG_AGO);
    }

    /** Otherwise the times of all renamed files would be lost silently. */
    @Test
    void renamesFailIfTimesCannotBeRead() throws Exception {
        fixture.put("/file", "1");
        files.mkdir(path("/from"));
        fixture.put("/from/a", "1");
        run("ALTER TABLE attributes RENAME TO gone");

        assertFails(Failure.UNAVAILABLE, () -> files.rename(path("/file"), path("/other"), RenameMode.KEEP_TARGET));
        assertFails(Failure.UNAVAILABLE, () -> files.rename(path("/from"), path("/to"), RenameMode.KEEP_TARGET));
        assertThat(fixture.keys()).containsExactly("file", "from/", "from/a");
    }
}
