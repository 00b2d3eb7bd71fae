package dev.slipway.core.vfs;

import static dev.slipway.core.vfs.ProxiedFiles.assertFails;
import static dev.slipway.core.vfs.ProxiedFiles.path;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Failure;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operations on files whose objects the store has archived. No store here can archive, so a proxy answers for it. */
@S3Store
class ArchivedFilesTest {
    private final ProxiedFiles fixture;
    private final VirtualFileSystem files;

    ArchivedFilesTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        fixture = new ProxiedFiles(bucket, folder);
        files = fixture.files;
    }

    @AfterEach
    void close() throws IOException {
        fixture.close();
    }

    /** Answers as S3 does: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html. */
    @BeforeEach
    void archive() throws Exception {
        files.mkdir(path("/dir"));
        fixture.put("/dir/archived", "old");
        fixture.put("/dir/other", "here");
        fixture.proxy.fail(
                request -> fixture.is(request, "GET", "dir/archived"),
                new RequestFault.Respond(
                        403,
                        "<Error><Code>InvalidObjectState</Code><Message>The operation is not valid for the object's storage"
                                + " class</Message><StorageClass>GLACIER</StorageClass></Error>"));
        fixture.proxy.fail(
                request -> request.method().equals("PUT")
                        && request.header("x-amz-copy-source")
                                .filter(source -> source.endsWith("dir/archived"))
                                .isPresent(),
                new RequestFault.Respond(
                        403,
                        "<Error><Code>ObjectNotInActiveTierError</Code><Message>The source object of the COPY operation is"
                                + " not in the active tier</Message></Error>"));
    }

    @Test
    void anArchivedFileCannotBeReadAndTheFailureSaysWhy() {
        assertFails(Failure.ARCHIVED, () -> {
            try (FileDownload download = files.open(path("/dir/archived"), 0)) {
                var _ = download.read(0, ByteBuffer.allocate(10));
            }
        });
    }

    @Test
    void anArchivedFileIsListed() throws Exception {
        assertThat(files.stat(path("/dir/archived")).size()).isEqualTo(3);
        assertThat(files.list(path("/dir")).next(10))
                .extracting(FileEntry::path)
                .containsExactly(path("/dir/archived"), path("/dir/other"));
    }

    @Test
    void anArchivedFileCanBeDeletedAndReplaced() throws Exception {
        fixture.put("/dir/archived", "new");
        assertThat(fixture.object("dir/archived")).isEqualTo("new");

        files.delete(path("/dir/archived"));

        assertThat(fixture.isThere("dir/archived")).isFalse();
    }

    @Test
    void anArchivedFileCannotBeCopiedOrRenamed() throws Exception {
        assertFails(Failure.ARCHIVED, () -> files.copy(path("/dir/archived"), path("/copy"), CreateMode.NEW));
        assertFails(
                Failure.ARCHIVED,
                () -> files.rename(path("/dir/archived"), path("/renamed"), RenameMode.REPLACE_TARGET));
        assertFails(Failure.ARCHIVED, () -> files.rename(path("/dir"), path("/renamed"), RenameMode.REPLACE_TARGET));

        assertThat(fixture.keys()).containsExactly("dir/", "dir/archived", "dir/other");
        assertThat(fixture.object("dir/archived")).isEqualTo("old");
    }
}
