package dev.slipway.core.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.SettableClock;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that are idle in the middle of a transfer. */
@S3Store
class IdleTransfersTest {
    private static final int MIB = 1 << 20;
    private static final Duration WAIT = Duration.ofSeconds(20);
    private static final Duration LIMIT = Duration.ofSeconds(1);
    private static final VirtualPath FILE = VirtualPath.ROOT.child("file");

    private final SettableClock clock = new SettableClock();
    private final S3Bucket bucket;
    private final FaultProxy proxy;
    private final TestStore store;
    private final ObjectFileSystems fileSystems;
    private final VirtualFileSystem files;

    IdleTransfersTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        this.bucket = bucket;
        proxy = FaultProxy.http(bucket.endpoint().uri());
        store = TestStore.withPartBytes(bucket.endpoint().at(proxy.uri()), folder, 32L * MIB, 5L * MIB);
        fileSystems = ObjectFileSystems.builder(store.store(), store.attributes())
                .clock(clock)
                .admissionWait(WAIT)
                .idleLimit(LIMIT)
                .build();
        files = fileSystems.open(new Account(
                "somebody",
                List.of(new Mount(VirtualPath.ROOT, bucket.name(), "", false)),
                EnumSet.allOf(Permission.class)));
    }

    @AfterEach
    void nothingIsHeld() throws Exception {
        proxy.pass();
        Patience.await("all part memory is returned", () -> store.parts().reservedBytes() == 0);
        Patience.await(
                "all read-ahead memory is returned", () -> store.readAhead().reservedBytes() == 0);
        assertThat(fileSystems.idle.size()).isZero();
        fileSystems.close();
        store.close();
        proxy.close();
    }

    private static void assertFails(Failure failure, String message, ThrowingCallable call) {
        assertThatThrownBy(call)
                .hasMessageContaining(message)
                .isInstanceOfSatisfying(
                        VfsException.class, e -> assertThat(e.failure()).isEqualTo(failure));
    }

    /** Waits until the upload was checked at least once since the clock was last moved. */
    private void awaitOneLook() throws Exception {
        long reserved = store.parts().reservedBytes();
        try (FileUpload _ = files.create(VirtualPath.ROOT.child("canary"), CreateMode.REPLACE)) {
            clock.advance(LIMIT);
            Patience.await("the timer has looked", () -> store.parts().reservedBytes() <= reserved);
        }
    }

    @Test
    void anIdleUploadIsAborted() throws Exception {
        try (FileUpload upload = files.create(FILE, CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.allocate(6 * MIB));
            clock.advance(LIMIT);
            Patience.await("its memory is returned", () -> store.parts().reservedBytes() == 0);

            assertFails(
                    Failure.ABORTED, "no data arrived for 1 s", () -> upload.write(6 * MIB, ByteBuffer.allocate(1)));
            assertFails(Failure.ABORTED, "no data arrived for 1 s", upload::commit);
        }
        ObjectKey key = new ObjectKey(bucket.name(), "file");
        assertThat(store.store().head(key)).isEmpty();
        Patience.await("the store's side is aborted", () -> {
            try {
                return store.store().pendingUploads(key).isEmpty();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void anUploadThatContinuesInTimeIsNotAborted() throws Exception {
        try (FileUpload upload = files.create(FILE, CreateMode.REPLACE)) {
            for (int i = 0; i < 5; i++) {
                clock.advance(LIMIT.minusMillis(100));
                upload.write(i, ByteBuffer.allocate(1));
            }
            upload.commit();
        }
        assertThat(files.stat(FILE).size()).isEqualTo(5);
    }

    @Test
    void anUploadThatWaitsForTheStoreIsNotIdle() throws Exception {
        HeldRequests parts = proxy.hold(1, request -> request.hasParameter("partNumber"));
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
                FileUpload upload = files.create(FILE, CreateMode.REPLACE)) {
            Future<?> writing = executor.submit(() -> {
                upload.write(0, ByteBuffer.allocate(30 * MIB));
                return null;
            });
            parts.awaitArrival(Patience.LIMIT);
            awaitOneLook();
            awaitOneLook();
            parts.release();
            writing.get();
            upload.commit();
        }
        assertThat(files.stat(FILE).size()).isEqualTo(30 * MIB);
    }

    @Test
    void anIdleDownloadReturnsItsMemoryAndContinues() throws Exception {
        byte[] bytes = Bytes.random(1, 3 * MIB);
        put(bytes);
        try (FileDownload download = files.open(FILE)) {
            ByteBuffer target = ByteBuffer.allocate(bytes.length);
            download.read(0, target.limit(1000));
            assertThat(store.readAhead().reservedBytes()).isPositive();
            clock.advance(LIMIT);
            Patience.await("its memory is returned", () -> store.readAhead().reservedBytes() == 0);

            target.limit(bytes.length);
            while (target.hasRemaining()) {
                assertThat(download.read(target.position(), target)).isPositive();
            }
            assertThat(target.array()).isEqualTo(bytes);
        }
    }

    @Test
    void aDownloadThatContinuesNeverMixesTwoVersions() throws Exception {
        put(Bytes.random(1, 3 * MIB));
        try (FileDownload download = files.open(FILE)) {
            download.read(0, ByteBuffer.allocate(1000));
            clock.advance(LIMIT);
            Patience.await("its memory is returned", () -> store.readAhead().reservedBytes() == 0);
            put(Bytes.random(2, 3 * MIB));

            assertFails(Failure.CONFLICT, "changed", () -> download.read(1000, ByteBuffer.allocate(1000)));
        }
    }

    private void put(byte[] bytes) throws VfsException {
        try (FileUpload upload = files.create(FILE, CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(bytes));
            upload.commit();
        }
    }
}
