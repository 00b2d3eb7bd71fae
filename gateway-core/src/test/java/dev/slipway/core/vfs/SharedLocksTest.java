package dev.slipway.core.vfs;

import static dev.slipway.core.vfs.ProxiedFiles.assertFails;
import static dev.slipway.core.vfs.ProxiedFiles.path;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Failure;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.s3.memory.Call.Operation;
import dev.slipway.core.s3.memory.Fault;
import dev.slipway.core.s3.memory.Faults;
import dev.slipway.core.state.PostgresAddress;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Changes of the same paths at two gateways that share a database. */
@Postgres
class SharedLocksTest {
    private final Faults faults = new Faults();
    private final TestBucket bucket = TestBucket.inMemory().with(faults);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Gateway one;
    private final Gateway two;

    SharedLocksTest(PostgresDatabase database) {
        PostgresAddress address = new PostgresAddress(database.url(), null, null);
        one = new Gateway(TestStore.with(StateDatabase.open(address), bucket), bucket.name());
        two = new Gateway(TestStore.with(StateDatabase.open(address), bucket), bucket.name());
    }

    /** A gateway, as one account sees it. */
    private static final class Gateway implements AutoCloseable {
        private final TestStore store;
        private final ObjectFileSystems fileSystems;
        private final VirtualFileSystem files;

        Gateway(TestStore store, String bucket) {
            this.store = store;
            fileSystems =
                    ObjectFileSystems.builder(store.store(), store.attributes()).build();
            files = fileSystems.open(new Account(
                    "anna", List.of(new Mount(VirtualPath.ROOT, bucket, "", false)), EnumSet.allOf(Permission.class)));
        }

        Void upload(String path) throws Exception {
            try (FileUpload upload = files.create(path(path), CreateMode.REPLACE, UploadOptions.DEFAULT)) {
                upload.write(0, ByteBuffer.wrap(new byte[] {1, 2, 3}));
                upload.commit();
            }
            return null;
        }

        Void rename(String from, String to) throws Exception {
            files.rename(path(from), path(to), RenameMode.KEEP_TARGET);
            return null;
        }

        @Override
        public void close() {
            fileSystems.close();
            store.close();
        }
    }

    @AfterEach
    void close() {
        threads.close();
        one.close();
        two.close();
    }

    private int locks() {
        return one.store
                .database()
                .read(handle -> handle.createQuery("SELECT COUNT(DISTINCT id) FROM path_locks")
                        .mapTo(Integer.class)
                        .one());
    }

    private List<String> names(String directory) throws Exception {
        return two.files.list(path(directory)).next(100).stream()
                .map(FileEntry::name)
                .toList();
    }

    /** Holds the store's answer to the upload of a small file. */
    private Future<?> uploadHeld(Gateway at, String path, CompletableFuture<@Nullable Void> gate) throws Exception {
        faults.forgetCalls();
        faults.once(call -> call.is(Operation.PUT), new Fault.Hold(gate));
        Future<?> upload = threads.submit(() -> at.upload(path));
        Patience.await("the store is asked", () -> faults.calls().stream().anyMatch(call -> call.is(Operation.PUT)));
        return upload;
    }

    @Test
    void aDirectoryIsRenamedAfterTheFileThatAnotherGatewayStoresInIt() throws Exception {
        one.files.mkdir(path("/d"));
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        Future<?> upload = uploadHeld(one, "/d/file", gate);
        Future<?> rename = threads.submit(() -> two.rename("/d", "/e"));
        Patience.await("the rename waits", () -> locks() == 2);
        gate.complete(null);
        upload.get();
        rename.get();
        assertThat(names("/")).containsExactly("e");
        assertThat(names("/e")).containsExactly("file");
        assertThat(locks()).isZero();
    }

    @Test
    void aDirectoryIsRemovedOnlyIfNoOtherGatewayStoresAFileInIt() throws Exception {
        one.files.mkdir(path("/d"));
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        Future<?> upload = uploadHeld(one, "/d/file", gate);
        Future<?> removal = threads.submit(() -> {
            two.files.rmdir(path("/d"));
            return null;
        });
        Patience.await("the removal waits", () -> locks() == 2);
        gate.complete(null);
        upload.get();
        assertThat(removal).failsWithin(Patience.LIMIT).withThrowableThat().withMessageContaining("not empty");
        assertThat(names("/d")).containsExactly("file");
    }

    /** Though the gateway has just seen the directory: what it knows of directories is out of date then. */
    @Test
    void anUploadFailsIfAnotherGatewayHasRemovedItsDirectory() throws Exception {
        one.files.mkdir(path("/d"));
        two.upload("/d/first");
        two.files.delete(path("/d/first"));
        try (FileUpload upload = two.files.create(path("/d/second"), CreateMode.REPLACE, UploadOptions.DEFAULT)) {
            one.files.rmdir(path("/d"));
            upload.write(0, ByteBuffer.wrap(new byte[] {1, 2, 3}));
            assertFails(Failure.NOT_FOUND, upload::commit);
        }
        assertThat(names("/")).isEmpty();
    }

    @Test
    void filesOfOneDirectoryAreStoredAtTheSameTime() throws Exception {
        one.files.mkdir(path("/d"));
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        Future<?> upload = uploadHeld(one, "/d/one", gate);
        two.upload("/d/two");
        assertThat(names("/d")).containsExactly("two");
        gate.complete(null);
        upload.get();
        assertThat(names("/d")).containsExactly("one", "two");
    }
}
