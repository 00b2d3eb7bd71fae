package dev.slipway.core.vfs;

import static dev.slipway.core.vfs.ProxiedFiles.path;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.VfsException;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A directory that other programs created by writing a key below it never disappears while its last child is removed.
 */
@S3Store
class KeptDirectoriesTest {
    private final ProxiedFiles fixture;
    private final VirtualFileSystem files;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    KeptDirectoriesTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        fixture = new ProxiedFiles(bucket, folder);
        files = fixture.files;
    }

    @AfterEach
    void close() throws IOException {
        fixture.proxy.pass();
        executor.close();
        fixture.close();
    }

    private interface Change {
        void make() throws VfsException;
    }

    /** Checks the directory while the last request that removes a child is in flight, and afterwards. */
    private void assertStays(Predicate<HttpRequest> removal, Change... changes) throws Exception {
        HeldRequests removals = fixture.proxy.hold(changes.length, removal);
        Future<?>[] running = new Future<?>[changes.length];
        for (int i = 0; i < changes.length; i++) {
            Change change = changes[i];
            running[i] = executor.submit(() -> {
                change.make();
                return null;
            });
        }
        removals.awaitArrival(Patience.LIMIT);
        assertThat(fixture.keys()).as("when the child goes").contains("d/");
        removals.release();
        for (Future<?> change : running) {
            change.get();
        }
        assertThat(files.stat(path("/d")).directory()).isTrue();
    }

    @Test
    void directoriesStayWhenTheirLastFileIsDeleted() throws Exception {
        fixture.putObject("d/x", "1");
        assertStays(request -> fixture.is(request, "DELETE", "d/x"), () -> files.delete(path("/d/x")));
        assertThat(fixture.keys()).containsExactly("d/");
    }

    /** Each file sees the other, which is about to be deleted as well. */
    @Test
    void directoriesStayWhenTheirLastTwoFilesAreDeletedTogether() throws Exception {
        fixture.putObject("d/x", "1");
        fixture.putObject("d/y", "1");
        assertStays(
                request -> request.method().equals("DELETE"),
                () -> files.delete(path("/d/x")),
                () -> files.delete(path("/d/y")));
        assertThat(fixture.keys()).containsExactly("d/");
    }

    @Test
    void directoriesStayWhenTheirLastDirectoryIsRemoved() throws Exception {
        fixture.putObject("d/sub/", "");
        assertStays(request -> fixture.is(request, "DELETE", "d/sub/"), () -> files.rmdir(path("/d/sub")));
        assertThat(fixture.keys()).containsExactly("d/");
    }

    @Test
    void directoriesStayWhenTheirLastFileIsRenamed() throws Exception {
        fixture.putObject("d/x", "1");
        assertStays(
                request -> fixture.is(request, "DELETE", "d/x"),
                () -> files.rename(path("/d/x"), path("/x"), RenameMode.KEEP_TARGET));
        assertThat(fixture.keys()).containsExactly("d/", "x");
    }

    @Test
    void directoriesStayWhenTheirLastDirectoryIsRenamed() throws Exception {
        fixture.putObject("d/sub/a", "1");
        fixture.putObject("d/sub/b", "1");
        assertStays(
                request -> request.method().equals("POST") && request.hasParameter("delete"),
                () -> files.rename(path("/d/sub"), path("/sub"), RenameMode.KEEP_TARGET));
        assertThat(fixture.keys()).containsExactly("d/", "sub/a", "sub/b");
    }

    @Test
    void noMarkerIsWrittenIfAChildRemains() throws Exception {
        fixture.putObject("d/x", "1");
        fixture.putObject("d/y", "1");
        files.delete(path("/d/x"));
        files.rename(path("/d/y"), path("/d/z"), RenameMode.KEEP_TARGET);
        assertThat(fixture.keys()).containsExactly("d/z");
    }
}
