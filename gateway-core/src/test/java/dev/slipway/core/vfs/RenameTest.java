package dev.slipway.core.vfs;

import static dev.slipway.core.vfs.ProxiedFiles.assertFails;
import static dev.slipway.core.vfs.ProxiedFiles.isListing;
import static dev.slipway.core.vfs.ProxiedFiles.path;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Concurrent changes, by others in the bucket and by other clients, while something is renamed. */
@S3Store
class RenameTest {
    private final ProxiedFiles fixture;
    private final FaultProxy proxy;
    private final VirtualFileSystem files;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    RenameTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        fixture = new ProxiedFiles(bucket, folder);
        proxy = fixture.proxy;
        files = fixture.files;
    }

    @AfterEach
    void close() throws IOException {
        proxy.pass();
        executor.close();
        fixture.close();
    }

    private Future<?> rename(String from, String to) {
        return executor.submit(() -> {
            files.rename(path(from), path(to), RenameMode.REPLACE_TARGET);
            return null;
        });
    }

    @Test
    void aFileReplacedDuringItsRenameIsNotLost() throws Exception {
        fixture.put("/from", "old");
        HeldRequests afterTheCopy =
                proxy.hold(1, request -> fixture.isThere("to") && request.path().endsWith("/from"));
        Future<?> renaming = rename("/from", "/to");
        afterTheCopy.awaitArrival(Patience.LIMIT);
        fixture.putObject("from", "new");
        afterTheCopy.release();
        renaming.get();

        assertThat(fixture.object("from")).isEqualTo("new");
        assertThat(fixture.object("to")).isEqualTo("old");
    }

    @Test
    void filesWrittenToADirectoryDuringItsRenameAreNotLost() throws Exception {
        files.mkdir(path("/from"));
        for (int i = 0; i < 4; i++) {
            fixture.put("/from/" + i, "old " + i);
        }
        HeldRequests afterTheCopies = proxy.hold(1, request -> fixture.isThere("to/3") && isListing(request, "from/"));
        Future<?> renaming = rename("/from", "/to");
        afterTheCopies.awaitArrival(Patience.LIMIT);
        fixture.putObject("from/2", "new 2");
        fixture.putObject("from/extra", "new");
        afterTheCopies.release();
        renaming.get();

        assertThat(fixture.keys()).containsExactly("from/2", "from/extra", "to/", "to/0", "to/1", "to/2", "to/3");
        assertThat(fixture.object("from/2")).isEqualTo("new 2");
        assertThat(fixture.object("to/2")).isEqualTo("old 2");
    }

    @Test
    void aFailedRenameRemovesOnlyItsOwnCopies() throws Exception {
        files.mkdir(path("/from"));
        for (int i = 0; i < 4; i++) {
            fixture.put("/from/" + i, "old " + i);
        }
        HeldRequests lastCopy = proxy.hold(1, request -> fixture.is(request, "PUT", "to/3"));
        proxy.fail(request -> fixture.is(request, "PUT", "to/3"), new RequestFault.Respond(503, ""));
        Future<?> renaming = rename("/from", "/to");
        lastCopy.awaitArrival(Patience.LIMIT);
        for (int i = 0; i < 3; i++) {
            int copy = i;
            Patience.await("to/" + copy + " is made", () -> fixture.isThere("to/" + copy));
        }
        // Written over a copy, at the target of the copy that will fail, and elsewhere.
        fixture.putObject("to/1", "theirs");
        fixture.putObject("to/3", "theirs");
        fixture.putObject("to/extra", "theirs");
        lastCopy.release();
        assertFails(Failure.UNAVAILABLE, () -> {
            try {
                renaming.get();
            } catch (ExecutionException e) {
                throw e.getCause();
            }
        });

        assertThat(fixture.keys())
                .containsExactly("from/", "from/0", "from/1", "from/2", "from/3", "to/1", "to/3", "to/extra");
        assertThat(fixture.object("to/1")).isEqualTo("theirs");
        assertThat(fixture.object("to/3")).isEqualTo("theirs");
    }

    @Test
    void theTargetOfAFailedRenameStaysADirectory() throws Exception {
        files.mkdir(path("/from"));
        fixture.put("/from/file", "1");
        files.mkdir(path("/to"));
        proxy.fail(request -> fixture.is(request, "PUT", "to/file"), new RequestFault.Respond(503, ""));

        assertFails(Failure.UNAVAILABLE, () -> files.rename(path("/from"), path("/to"), RenameMode.REPLACE_TARGET));
        assertThat(fixture.keys()).containsExactly("from/", "from/file", "to/");
    }

    /** The upload fails: it neither disappears with the source nor brings the source back. */
    @Test
    void anUploadIntoADirectoryDuringItsRenameIsNotLost() throws Exception {
        files.mkdir(path("/from"));
        files.mkdir(path("/from/sub"));
        fixture.put("/from/file", "1");
        HeldRequests copies = proxy.hold(1, request -> fixture.is(request, "PUT", "to/file"));
        try (FileUpload upload = files.create(path("/from/sub/new"), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.allocate(6 << 20));
            Future<?> renaming = rename("/from", "/to");
            copies.awaitArrival(Patience.LIMIT);
            Future<FileEntry> commit = executor.submit(upload::commit);
            // The bucket does not change before the rename is over.
            assertFails(Failure.NOT_FOUND, () -> files.stat(path("/from/sub/new")));
            assertThat(commit.isDone()).isFalse();
            copies.release();
            renaming.get();
            assertFails(Failure.NOT_FOUND, () -> {
                try {
                    commit.get();
                } catch (ExecutionException e) {
                    throw e.getCause();
                }
            });
        }
        assertThat(fixture.keys()).containsExactly("to/", "to/file", "to/sub/");
    }

    @Test
    void anUploadThatEndsBeforeTheRenameIsIncluded() throws Exception {
        files.mkdir(path("/from"));
        fixture.put("/from/file", "1");
        // The commit holds its lock, so the rename waits for it.
        HeldRequests commit = proxy.hold(1, request -> fixture.is(request, "PUT", "from/new"));
        Future<?> uploading = executor.submit(() -> {
            fixture.put("/from/new", "2");
            return null;
        });
        commit.awaitArrival(Patience.LIMIT);
        Future<?> renaming = rename("/from", "/to");
        assertThat(fixture.keys()).containsExactly("from/", "from/file");
        commit.release();
        uploading.get();
        renaming.get();

        assertThat(fixture.keys()).containsExactly("to/", "to/file", "to/new");
    }

    private void makeTree(int count) throws Exception {
        files.mkdir(path("/from"));
        for (int i = 0; i < count; i++) {
            fixture.put("/from/" + i, "old " + i);
        }
    }

    private static void awaitFailure(Failure failure, Future<?> operation) {
        assertFails(failure, () -> {
            try {
                operation.get();
            } catch (ExecutionException e) {
                throw e.getCause();
            }
        });
    }

    @Test
    void readersSeeACompleteDirectoryOrAFailure() throws Exception {
        makeTree(3);
        HeldRequests copy = proxy.hold(1, request -> fixture.is(request, "PUT", "to/1"));
        Future<?> renaming = rename("/from", "/to");
        copy.awaitArrival(Patience.LIMIT);

        assertThat(files.stat(path("/from/2")).size()).isEqualTo(5);
        try (FileDownload download = files.open(path("/from/2"), 0)) {
            assertThat(download.read(0, ByteBuffer.allocate(10))).isEqualTo(5);
        }
        Future<?> asksAgain = rename("/from", "/to");
        Future<?> aboveIt = executor.submit(() -> {
            files.rename(path("/from/1"), path("/elsewhere"), RenameMode.KEEP_TARGET);
            return null;
        });
        assertThatThrownBy(() -> files.stat(path("/to")))
                .hasMessageContaining("A rename of /from to /to is under way")
                .isInstanceOfSatisfying(
                        VfsException.class, e -> assertThat(e.failure()).isEqualTo(Failure.BUSY));
        assertFails(Failure.BUSY, () -> files.list(path("/to")));
        assertFails(Failure.BUSY, () -> files.open(path("/to/0"), 0));
        awaitFailure(Failure.BUSY, asksAgain);
        awaitFailure(Failure.BUSY, aboveIt);

        HeldRequests deletes = proxy.hold(1, request -> request.method().equals("POST"));
        copy.release();
        deletes.awaitArrival(Patience.LIMIT);
        assertThat(files.stat(path("/to/2")).size()).isEqualTo(5);
        assertFails(Failure.BUSY, () -> files.stat(path("/from")));
        assertFails(Failure.BUSY, () -> files.create(path("/from/new"), CreateMode.REPLACE));
        deletes.release();
        renaming.get();

        assertFails(Failure.NOT_FOUND, () -> files.rename(path("/from"), path("/to"), RenameMode.REPLACE_TARGET));
        assertThat(fixture.keys()).containsExactly("to/", "to/0", "to/1", "to/2");
    }

    @Test
    void anOutageWhileDeletingIsReportedAndTheRenameCompletesLater() throws Exception {
        makeTree(3);
        proxy.fail(
                request -> request.method().equals("POST") || request.method().equals("DELETE"),
                new RequestFault.Respond(503, ""));
        awaitFailure(Failure.BUSY, rename("/from", "/to"));
        assertThat(fixture.keys()).hasSize(8);
        assertThat(files.stat(path("/to/2")).size()).isEqualTo(5);
        proxy.pass();

        Patience.await("the rename is done", () -> fixture.fileSystems.renamesUnderWay() == 0);
        assertThat(fixture.keys()).containsExactly("to/", "to/0", "to/1", "to/2");
    }

    @Test
    void anOutageWhileCopyingIsReportedAndTheRenameIsUndoneLater() throws Exception {
        makeTree(3);
        HeldRequests copy = proxy.hold(1, request -> fixture.is(request, "PUT", "to/1"));
        Future<?> renaming = rename("/from", "/to");
        copy.awaitArrival(Patience.LIMIT);
        Patience.await("another copy is made", () -> fixture.isThere("to/2"));
        proxy.refuse();
        copy.release();
        awaitFailure(Failure.UNAVAILABLE, renaming);
        proxy.pass();

        Patience.await("the rename is undone", () -> fixture.fileSystems.renamesUnderWay() == 0);
        assertThat(fixture.keys()).containsExactly("from/", "from/0", "from/1", "from/2");
    }

    @Test
    void objectsOfOthersInTheTargetAreNotReplaced() throws Exception {
        makeTree(3);
        HeldRequests look = proxy.hold(
                1, request -> isListing(request, "to/") && request.target().contains("max-keys=1000"));
        Future<?> renaming = rename("/from", "/to");
        look.awaitArrival(Patience.LIMIT);
        fixture.putObject("to/1", "theirs");
        look.release();
        awaitFailure(Failure.CONFLICT, renaming);

        assertThat(fixture.object("to/1")).isEqualTo("theirs");
        assertThat(fixture.keys()).containsExactly("from/", "from/0", "from/1", "from/2", "to/1");
    }

    @Test
    void objectsReplacedBeforeTheyAreCopiedAreRenamedInTheirNewVersion() throws Exception {
        makeTree(3);
        HeldRequests looks = proxy.hold(1, request -> fixture.is(request, "HEAD", "from/1"));
        Future<?> renaming = rename("/from", "/to");
        looks.awaitArrival(Patience.LIMIT);
        fixture.putObject("from/1", "theirs");
        fixture.deleteObject("from/2");
        looks.release();
        renaming.get();

        assertThat(fixture.object("to/1")).isEqualTo("theirs");
        assertThat(fixture.keys()).contains("to/0", "to/1").doesNotContain("from/0", "from/1");
    }

    @Test
    void aSourceWithoutACopyStays() throws Exception {
        makeTree(3);
        HeldRequests afterTheCopies = proxy.hold(
                1, request -> fixture.isThere("to/2") && fixture.isThere("to/1") && isListing(request, "from/"));
        Future<?> renaming = rename("/from", "/to");
        afterTheCopies.awaitArrival(Patience.LIMIT);
        fixture.deleteObject("to/1");
        afterTheCopies.release();
        renaming.get();

        assertThat(fixture.object("from/1")).isEqualTo("old 1");
        assertThat(fixture.keys()).containsExactly("from/1", "to/", "to/0", "to/2");
    }

    @Test
    void anInterruptDoesNotLeaveARenameHalfDone() throws Exception {
        files.mkdir(path("/from"));
        fixture.put("/from/file", "1");
        Thread.currentThread().interrupt();
        try {
            files.rename(path("/from"), path("/to"), RenameMode.KEEP_TARGET);
        } catch (VfsException e) {
            assertThat(e.failure()).isIn(Failure.ABORTED, Failure.BUSY);
        }
        assertThat(Thread.interrupted()).isTrue();
        // The rename may continue without its client.
        Patience.await("the rename is over", () -> fixture.fileSystems.locks.size() == 0);
        assertThat(fixture.keys()).isIn(List.of("from/", "from/file"), List.of("to/", "to/file"));
    }
}
