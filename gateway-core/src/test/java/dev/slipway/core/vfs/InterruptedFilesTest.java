package dev.slipway.core.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.account.SettableClock;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Interrupted uploads: who sees them, and what can be done with their paths. */
@S3Store
class InterruptedFilesTest {
    private static final int MIB = 1 << 20;
    private static final int PART = 5 * MIB;
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final VirtualPath FILE = VirtualPath.ROOT.child("file");
    private static final byte[] OLD = Bytes.random(1, 12 * MIB);
    private static final byte[] NEW = Bytes.random(2, 12 * MIB);

    private final SettableClock clock = new SettableClock();
    private final S3Bucket bucket;
    private final ObjectKey key;
    private final FaultProxy proxy;
    private final TestStore store;
    private final SharedMemory memory = SharedMemory.defaults();
    private final ObjectFileSystems fileSystems;
    private final VirtualFileSystem anna;
    private final VirtualFileSystem bert;

    InterruptedFilesTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        this.bucket = bucket;
        key = new ObjectKey(bucket.name(), "file");
        proxy = FaultProxy.http(bucket.endpoint().uri());
        store = TestStore.withPartBytes(bucket.endpoint().at(proxy.uri()), folder, 64L * MIB, PART);
        fileSystems = ObjectFileSystems.builder(store.store(), store.attributes())
                .clock(clock)
                .admissionWait(Duration.ofSeconds(20))
                .idleLimit(LIMIT)
                .memory(memory)
                .build();
        anna = open("anna", ResumePolicy.STAT);
        bert = open("bert", ResumePolicy.STAT);
    }

    private VirtualFileSystem open(String name, ResumePolicy resume) {
        Mount mount = new Mount(VirtualPath.ROOT, bucket.name(), "", false);
        return fileSystems.open(new Account(name, List.of(mount), EnumSet.allOf(Permission.class)).withResume(resume));
    }

    @AfterEach
    void nothingIsHeld() throws Exception {
        proxy.pass();
        Patience.await("all part memory is returned", () -> store.parts().reservedBytes() == 0);
        assertThat(fileSystems.locks.size()).isZero();
        assertThat(fileSystems.idle.size()).isZero();
        assertThat(fileSystems.unsettled.size()).isZero();
        fileSystems.close();
        store.close();
        proxy.close();
    }

    private static void assertFails(Failure failure, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        VfsException.class, e -> assertThat(e.failure()).isEqualTo(failure));
    }

    private static void put(VirtualFileSystem files, VirtualPath path, byte[] bytes) throws VfsException {
        try (FileUpload upload = files.create(path, CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(bytes));
            upload.commit();
        }
    }

    private static byte[] get(VirtualFileSystem files) throws VfsException {
        try (FileDownload download = files.open(FILE)) {
            ByteBuffer target = ByteBuffer.allocate((int) download.entry().size());
            while (target.hasRemaining() && download.read(target.position(), target) >= 0) {
                // all of it
            }
            return target.array();
        }
    }

    private void interruptAfter(int size, CreateMode mode) throws VfsException {
        try (FileUpload upload = anna.create(FILE, mode)) {
            upload.write(0, ByteBuffer.wrap(NEW, 0, size));
        }
    }

    private void resume() throws VfsException {
        long offset = anna.stat(FILE).size();
        try (FileUpload upload = anna.resume(FILE, WritePosition.at(offset))) {
            assertThat(upload.entry().size()).isEqualTo(offset);
            upload.write(offset, ByteBuffer.wrap(NEW, (int) offset, NEW.length - (int) offset));
            upload.commit();
        }
        assertThat(get(anna)).isEqualTo(NEW);
        assertThat(anna.stat(FILE).partial()).isFalse();
    }

    @Test
    void onlyTheAccountThatBeganAnUploadSeesIt() throws Exception {
        put(anna, FILE, OLD);
        interruptAfter(11 * MIB, CreateMode.REPLACE);

        FileEntry entry = anna.stat(FILE);
        assertThat(entry.partial()).isTrue();
        assertThat(entry.size()).isEqualTo(2L * PART);
        assertFails(Failure.BUSY, () -> anna.open(FILE));
        assertFails(Failure.BUSY, () -> anna.checksum(FILE, DigestAlgorithm.MD5, 0, Long.MAX_VALUE, () -> false));
        assertFails(Failure.BUSY, () -> anna.setModified(FILE, Instant.EPOCH));
        assertFails(Failure.BUSY, () -> anna.rename(FILE, VirtualPath.ROOT.child("other"), RenameMode.REPLACE_TARGET));
        assertThat(anna.list(VirtualPath.ROOT).next(10)).singleElement().satisfies(listed -> {
            assertThat(listed.size()).isEqualTo(OLD.length);
            assertThat(listed.partial()).isFalse();
        });

        assertThat(bert.stat(FILE).size()).isEqualTo(OLD.length);
        assertThat(get(bert)).isEqualTo(OLD);
        assertFails(Failure.UNSUPPORTED, () -> bert.resume(FILE, WritePosition.at(2L * PART)));

        resume();
        assertThat(get(bert)).isEqualTo(NEW);
    }

    @Test
    void anInterruptedOverwriteHidesTheOldFileEvenIfTheStoreHasNothing() throws Exception {
        put(anna, FILE, OLD);
        interruptAfter(1000, CreateMode.REPLACE);

        assertThat(anna.stat(FILE).size()).isZero();
        assertThat(anna.stat(FILE).partial()).isTrue();
        assertThat(get(bert)).isEqualTo(OLD);
        resume();
    }

    @Test
    void aNewFileOfWhichTheStoreHasNothingDoesNotExist() throws Exception {
        interruptAfter(1000, CreateMode.REPLACE);
        assertFails(Failure.NOT_FOUND, () -> anna.stat(FILE));
        assertFails(Failure.NOT_FOUND, () -> anna.delete(FILE));
        put(anna, FILE, NEW);
        assertThat(get(anna)).isEqualTo(NEW);
    }

    @Test
    void aNewUploadDiscardsAnInterruptedOne() throws Exception {
        interruptAfter(11 * MIB, CreateMode.REPLACE);
        assertThat(anna.stat(FILE).size()).isEqualTo(2L * PART);
        assertThat(store.store().pendingUploads(key)).hasSize(1);
        put(anna, FILE, OLD);
        assertThat(get(anna)).isEqualTo(OLD);
        awaitNothingPending();
    }

    @Test
    void abortedUploadsAreNotKept() throws Exception {
        put(anna, FILE, OLD);
        try (FileUpload upload = anna.create(FILE, CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(NEW, 0, 11 * MIB));
            upload.abort();
        }
        awaitNothingPending();
        assertThat(get(anna)).isEqualTo(OLD);
    }

    @Test
    void refusedUploadsAreNotKept() throws Exception {
        put(anna, FILE, OLD);
        try (FileUpload upload = anna.create(FILE, CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(NEW, 0, 11 * MIB));
            assertFails(Failure.UNSUPPORTED, () -> upload.write(5, ByteBuffer.allocate(1)));
        }
        awaitNothingPending();
        assertThat(get(anna)).isEqualTo(OLD);
    }

    @Test
    void deletingThePathDiscardsAnInterruptedUpload() throws Exception {
        interruptAfter(11 * MIB, CreateMode.REPLACE);
        anna.delete(FILE);
        assertFails(Failure.NOT_FOUND, () -> anna.stat(FILE));
        awaitNothingPending();
    }

    @Test
    void renamingAFileToThePathDiscardsAnInterruptedUpload() throws Exception {
        interruptAfter(11 * MIB, CreateMode.REPLACE);
        VirtualPath other = VirtualPath.ROOT.child("other");
        put(anna, other, OLD);
        anna.rename(other, FILE, RenameMode.REPLACE_TARGET);
        assertThat(get(anna)).isEqualTo(OLD);
        awaitNothingPending();
    }

    @Test
    void copyingAFileToThePathDiscardsAnInterruptedUpload() throws Exception {
        interruptAfter(11 * MIB, CreateMode.REPLACE);
        VirtualPath other = VirtualPath.ROOT.child("other");
        put(anna, other, OLD);
        assertFails(Failure.BUSY, () -> anna.copy(FILE, other, CreateMode.REPLACE));
        anna.copy(other, FILE, CreateMode.REPLACE);
        assertThat(get(anna)).isEqualTo(OLD);
        awaitNothingPending();
    }

    @Test
    void aResumedExclusiveUploadStaysExclusive() throws Exception {
        interruptAfter(11 * MIB, CreateMode.NEW);
        assertFails(Failure.ALREADY_EXISTS, () -> anna.create(FILE, CreateMode.NEW));
        try (FileUpload upload = anna.resume(FILE, WritePosition.END)) {
            put(bert, FILE, OLD);
            upload.write(2L * PART, ByteBuffer.wrap(NEW, 2 * PART, NEW.length - 2 * PART));
            assertFails(Failure.ALREADY_EXISTS, upload::commit);
        }
        awaitNothingPending();
        assertThat(get(anna)).isEqualTo(OLD);
    }

    @Test
    void aResumedUploadKeepsItsTime() throws Exception {
        Instant time = Instant.parse("2001-02-03T04:05:06Z");
        try (FileUpload upload = anna.create(FILE, CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(NEW, 0, 11 * MIB));
            upload.setModified(time);
        }
        resume();
        assertThat(anna.stat(FILE).modified()).isEqualTo(time);
    }

    @Test
    void anUploadResumesOnlyAtItsRestartOffset() throws Exception {
        interruptAfter(11 * MIB, CreateMode.REPLACE);
        assertThatThrownBy(() -> anna.resume(FILE, WritePosition.at(11L * MIB)))
                .hasMessageContaining("can resume at byte " + 2 * PART);
        resume();
    }

    @Test
    void idleUploadsAreKept() throws Exception {
        put(anna, FILE, OLD);
        try (FileUpload upload = anna.create(FILE, CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(NEW, 0, 11 * MIB));
            clock.advance(LIMIT);
            Patience.await("its memory is returned", () -> store.parts().reservedBytes() == 0);
            assertFails(Failure.ABORTED, upload::commit);
        }
        assertThat(anna.stat(FILE).size()).isEqualTo(2L * PART);
        resume();
    }

    @Test
    void uploadsThatCannotBeResumedAreNotKept() throws Exception {
        put(anna, FILE, OLD);
        try (FileUpload earlier = anna.create(FILE, CreateMode.REPLACE);
                FileUpload upload =
                        anna.create(FILE, CreateMode.REPLACE, UploadOptions.DEFAULT.withResumption(false))) {
            earlier.write(0, ByteBuffer.wrap(NEW, 0, 11 * MIB));
            upload.write(0, ByteBuffer.wrap(NEW, 0, 11 * MIB));
            clock.advance(Duration.ofSeconds(11));
            assertThat(anna.stat(FILE).partial()).isFalse();
            clock.advance(LIMIT);
            Patience.await("their memory is returned", () -> store.parts().reservedBytes() == 0);
            assertFails(Failure.ABORTED, upload::commit);
        }
        assertThat(anna.stat(FILE).partial()).isFalse();
        assertThat(get(anna)).isEqualTo(OLD);
        awaitNothingPending();
    }

    @Test
    void uploadsWhoseHolesWereFilledBeforeTheirEndAreNotKept() throws Exception {
        try (FileUpload upload = anna.create(FILE, CreateMode.REPLACE, UploadOptions.DEFAULT.withHoles(true))) {
            for (int offset = MIB; offset < 16 * MIB; offset += MIB) {
                upload.write(offset, ByteBuffer.allocate(MIB));
            }
        }
        assertFails(Failure.NOT_FOUND, () -> anna.stat(FILE));
        awaitNothingPending();
    }

    @Test
    void uploadsThatTheStoreRefusedTemporarilyAreKept() throws Exception {
        put(anna, FILE, OLD);
        proxy.fail(
                request -> request.hasParameter("uploadId") && request.method().equals("POST"),
                RequestFault.slowDown());
        try (FileUpload upload = anna.create(FILE, CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(NEW));
            assertFails(Failure.UNAVAILABLE, upload::commit);
        }
        proxy.pass();
        assertThat(anna.stat(FILE).size()).isEqualTo(2L * PART);
        assertThat(get(bert)).isEqualTo(OLD);
        resume();
    }

    @Test
    void reconnectingClientsWaitUntilTheirUploadIsSettled() throws Exception {
        put(anna, FILE, OLD);
        HeldRequests parts = proxy.hold(2, request -> request.hasParameter("partNumber"));
        interruptAfter(11 * MIB, CreateMode.REPLACE);
        CompletableFuture<Long> size = CompletableFuture.supplyAsync(() -> {
            try {
                return anna.stat(FILE).size();
            } catch (VfsException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(size).isNotDone();
        parts.release();
        assertThat(size.get(Patience.SECONDS, TimeUnit.SECONDS)).isEqualTo(2L * PART);
        resume();
    }

    /** The network does not always report a lost connection; the client opens another one. */
    @Test
    void clientsResumeBeforeTheirOldConnectionIsKnownToBeLost() throws Exception {
        put(anna, FILE, OLD);
        try (FileUpload stalled = anna.create(FILE, CreateMode.REPLACE)) {
            stalled.write(0, ByteBuffer.wrap(NEW, 0, 11 * MIB));
            Patience.await("the parts are stored", () -> storedParts() == 2);
            // Another client may be asking.
            assertThat(anna.stat(FILE).size()).isEqualTo(OLD.length);
            clock.advance(Duration.ofSeconds(11));
            // The store may have a part before the gateway has received its answer.
            Patience.await("both parts are known", () -> {
                try {
                    return anna.stat(FILE).size() == 2L * PART;
                } catch (VfsException e) {
                    throw new AssertionError(e);
                }
            });
            // The request does no harm to a client that was merely slow.
            stalled.write(11L * MIB, ByteBuffer.wrap(NEW, 11 * MIB, 1));
            clock.advance(Duration.ofSeconds(11));

            try (FileUpload upload = anna.resume(FILE, WritePosition.at(2L * PART))) {
                assertFails(Failure.ABORTED, () -> stalled.write(11L * MIB + 1, ByteBuffer.allocate(1)));
                upload.write(2L * PART, ByteBuffer.wrap(NEW, 2 * PART, NEW.length - 2 * PART));
                upload.commit();
            }
        }
        assertThat(get(bert)).isEqualTo(NEW);
        assertThat(store.journal().allInterrupted()).isEmpty();
    }

    @Test
    void supersededUploadsAreNotKept() throws Exception {
        try (FileUpload first = anna.create(FILE, CreateMode.REPLACE)) {
            first.write(0, ByteBuffer.wrap(OLD, 0, 11 * MIB));
            put(anna, FILE, NEW);
        }
        awaitNothingPending();
        assertThat(get(anna)).isEqualTo(NEW);
    }

    @Test
    void aLaterCommitWinsOverAnInterruptedUpload() throws Exception {
        try (FileUpload first = anna.create(FILE, CreateMode.REPLACE)) {
            first.write(0, ByteBuffer.wrap(NEW));
            interruptAfter(11 * MIB, CreateMode.REPLACE);
            assertThat(anna.stat(FILE).partial()).isTrue();
            first.commit();
        }
        awaitNothingPending();
        assertThat(get(anna)).isEqualTo(NEW);
    }

    @Test
    void listingsShowInterruptedUploadsIfThePolicySaysSo() throws Exception {
        VirtualFileSystem listing = open("anna", ResumePolicy.LISTED);
        VirtualPath fresh = VirtualPath.ROOT.child("fresh");
        put(anna, FILE, OLD);
        interruptAfter(6 * MIB, CreateMode.REPLACE);
        try (FileUpload upload = anna.create(fresh, CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(NEW, 0, 11 * MIB));
        }
        assertThat(anna.stat(fresh).size()).isEqualTo(2L * PART);
        assertThat(anna.stat(FILE).size()).isEqualTo((long) PART);

        assertThat(listing.list(VirtualPath.ROOT).next(10))
                .extracting(FileEntry::name, FileEntry::size, FileEntry::partial)
                .containsExactlyInAnyOrder(tuple("file", (long) PART, true), tuple("fresh", 2L * PART, true));
        assertThat(bert.list(VirtualPath.ROOT).next(10))
                .extracting(FileEntry::name)
                .containsExactly("file");
    }

    @Test
    void aFailedListingReturnsItsMemory() throws Exception {
        VirtualFileSystem listing = open("anna", ResumePolicy.LISTED);
        VirtualPath directory = VirtualPath.ROOT.child("dir");
        anna.mkdir(directory);
        try (FileUpload upload = anna.create(directory.child("file"), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(NEW, 0, 11 * MIB));
        }
        // A stat waits until the interrupted upload is stored; then a listing has an entry for it.
        assertThat(anna.stat(directory.child("file")).partial()).isTrue();
        store.store().delete(List.of(new ObjectKey(bucket.name(), "dir/")));

        assertThatThrownBy(() -> listing.list(directory)).isInstanceOf(VfsException.class);
        assertThat(memory.listings().reservedBytes()).isZero();
    }

    @Test
    void accountsWithoutResumeSeeTheFormerFile() throws Exception {
        put(anna, FILE, OLD);
        VirtualFileSystem off = open("anna", ResumePolicy.OFF);
        try (FileUpload upload = off.create(FILE, CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(NEW, 0, 11 * MIB));
        }
        awaitNothingPending();
        assertThat(get(off)).isEqualTo(OLD);
        assertThat(store.journal().allInterrupted()).isEmpty();
    }

    private int storedParts() {
        try {
            return store.store().pendingUploads(key).stream()
                    .mapToInt(upload -> TestStore.partsOf(TestBucket.of(bucket), upload))
                    .sum();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void awaitNothingPending() throws InterruptedException {
        Patience.await("the upload is aborted", () -> {
            try {
                return store.store().pendingUploads(key).isEmpty();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(store.journal().allInterrupted()).isEmpty();
    }
}
