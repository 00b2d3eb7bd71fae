package dev.slipway.core.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.account.SettableClock;
import dev.slipway.core.s3.HeadRequest;
import dev.slipway.core.s3.ObjectDescription;
import dev.slipway.core.s3.ObjectDescription.ServerSideEncryption;
import dev.slipway.core.s3.PutRequest;
import dev.slipway.core.s3.RequestBody;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.s3.memory.Call;
import dev.slipway.core.s3.memory.Call.Operation;
import dev.slipway.core.s3.memory.Faults;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are appended to, changed in place, truncated and extended, run against every S3 server. */
public abstract class ChangedFilesContract {
    private static final int MIB = 1 << 20;
    private static final int PART = 8 * MIB;

    /** Minimum size of a part that others follow, and of objects from which S3 copies ranges. */
    private static final int LEAST = 5 * MIB;

    private static final Set<Operation> READING =
            Set.of(Operation.HEAD, Operation.GET, Operation.LIST, Operation.TAGS, Operation.LIST_PARTS);
    private static final VirtualPath FILE = VirtualPath.ROOT.child("file");
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private final TestBucket bucket;
    private final Path folder;
    private final ObjectKey key;
    private final SettableClock clock = new SettableClock();
    private final Faults faults = new Faults();
    private final List<AutoCloseable> killed = new ArrayList<>();
    private TestStore store;
    private ObjectFileSystems fileSystems;
    private VirtualFileSystem files;

    protected ChangedFilesContract(S3Bucket bucket, @TempDir Path folder) {
        this(TestBucket.of(bucket), folder);
    }

    protected ChangedFilesContract(TestBucket bucket, @TempDir Path folder) {
        this.bucket = bucket.with(faults);
        this.folder = folder;
        key = new ObjectKey(bucket.name(), "file");
        store = TestStore.forChanges(this.bucket, folder, false);
        fileSystems = fileSystems();
        files = open("anna", EnumSet.allOf(Permission.class));
    }

    private ObjectFileSystems fileSystems() {
        return ObjectFileSystems.builder(store.store(), store.attributes())
                .clock(clock)
                .admissionWait(Duration.ofSeconds(20))
                .idleLimit(LIMIT)
                .build();
    }

    private VirtualFileSystem open(String name, Set<Permission> permissions) {
        Mount mount = new Mount(VirtualPath.ROOT, bucket.name(), "", false);
        return fileSystems.open(new Account(name, List.of(mount), permissions).withResume(ResumePolicy.STAT));
    }

    @AfterEach
    void nothingIsHeld() throws Exception {
        Patience.await("all part memory is returned", () -> store.parts().reservedBytes() == 0);
        assertThat(store.parts().usedBytes()).isZero();
        assertThat(fileSystems.locks.size()).isZero();
        assertThat(fileSystems.idle.size()).isZero();
        assertThat(fileSystems.unsettled.size()).isZero();
        fileSystems.close();
        store.close();
        for (AutoCloseable left : killed) {
            left.close();
        }
    }

    private static void assertFails(Failure failure, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        VfsException.class, e -> assertThat(e.failure()).isEqualTo(failure));
    }

    private void put(byte[] bytes) throws VfsException {
        try (FileUpload upload = files.create(FILE, CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(bytes));
            upload.commit();
        }
    }

    private byte[] get() throws VfsException {
        return get(files);
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

    private FileUpload change(WritePosition position) throws VfsException {
        return files.change(FILE, position);
    }

    private static void write(FileUpload upload, int offset, byte[] bytes) throws VfsException {
        int step = 128 * 1024;
        for (int at = 0; at < bytes.length; at += step) {
            upload.write(offset + at, ByteBuffer.wrap(bytes, at, Math.min(step, bytes.length - at)));
        }
    }

    private static byte[] changed(byte[] before, int offset, byte[] written) {
        byte[] after = Arrays.copyOf(before, Math.max(before.length, offset + written.length));
        System.arraycopy(written, 0, after, offset, written.length);
        return after;
    }

    private void assertNothingIsLeft() throws Exception {
        Patience.await("nothing is under way in the store", () -> {
            try {
                return store.store().pendingUploads(key).isEmpty();
            } catch (StoreException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(store.store().interrupted(key, "anna")).isEmpty();
    }

    // ---- appending

    private static final int[] ADDED = {1, LEAST - 1, PART + 1, 2 * PART + 7};

    @ParameterizedTest
    @ValueSource(ints = {0, 1, LEAST, LEAST + 1, PART, PART + 1, 17 * MIB + 3})
    void appendedBytesFollowTheExistingOnes(int size) throws Exception {
        for (int count : ADDED) {
            byte[] before = Bytes.random(size, size);
            byte[] added = Bytes.random(count, count);
            put(before);
            try (FileUpload upload = change(WritePosition.END)) {
                assertThat(upload.entry().size()).isEqualTo(size);
                write(upload, size, added);
                assertThat(get()).isEqualTo(before);
                assertThat(upload.commit().size()).isEqualTo((long) size + count);
            }
            assertThat(get()).isEqualTo(changed(before, size, added));
            assertThat(files.stat(FILE).size()).isEqualTo((long) size + count);
        }
        assertNothingIsLeft();
    }

    /** For a client that specifies the offset only with its first write. */
    @ParameterizedTest
    @ValueSource(ints = {3, 9 * MIB})
    void theFirstWriteDeterminesAnAppend(int size) throws Exception {
        byte[] before = Bytes.random(1, size);
        byte[] added = Bytes.random(2, 6 * MIB);
        put(before);
        try (FileUpload upload = change(WritePosition.FIRST_WRITE)) {
            write(upload, size, added);
            upload.commit();
        }
        assertThat(get()).isEqualTo(changed(before, size, added));
    }

    @Test
    void retainedBytesAreNotTransferred() throws Exception {
        byte[] before = Bytes.random(1, 40 * MIB);
        byte[] added = Bytes.random(2, MIB);
        put(before);
        faults.forgetCalls();
        try (FileUpload upload = change(WritePosition.END)) {
            write(upload, before.length, added);
            upload.commit();
        }
        assertThat(faults.bytesSent()).isLessThan(MIB + MIB / 4);
        assertThat(faults.bytesReceived()).isLessThan(MIB / 4);
        assertThat(get()).isEqualTo(changed(before, before.length, added));

        // In the middle of a file, only the bytes that fill a part up to the minimum size are transferred.
        faults.forgetCalls();
        try (FileUpload upload = change(WritePosition.at(20L * MIB))) {
            write(upload, 20 * MIB, added);
            upload.commit();
        }
        assertThat(faults.bytesSent()).isLessThan(LEAST + MIB / 4);
        assertThat(faults.bytesReceived()).isLessThan(LEAST + MIB / 4);
        assertThat(get()).isEqualTo(changed(changed(before, before.length, added), 20 * MIB, added));
    }

    @Test
    void anEmptyAppendChangesNothing() throws Exception {
        put(new byte[100]);
        faults.forgetCalls();
        try (FileUpload upload = change(WritePosition.END)) {
            upload.write(100, ByteBuffer.allocate(0));
            assertThat(upload.commit().size()).isEqualTo(100);
        }
        assertThat(faults.calls()).allMatch(call -> READING.contains(call.operation()));
        Instant time = Instant.parse("2001-02-03T04:05:06Z");
        try (FileUpload upload = change(WritePosition.FIRST_WRITE)) {
            upload.setModified(time);
            assertThat(upload.commit().modified()).isEqualTo(time);
        }
        assertThat(files.stat(FILE).modified()).isEqualTo(time);
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 12 * MIB})
    void attributesStayExceptForTheTime(int size) throws Exception {
        ObjectDescription description = new ObjectDescription(
                Map.of("who", "somebody", "mtime", "7"),
                "text/x-log",
                null,
                null,
                null,
                null,
                null,
                ServerSideEncryption.UNSPECIFIED,
                Map.of());
        try (S3Operations client = bucket.connect()) {
            client.put(PutRequest.of(key).withDescription(description), RequestBody.of(new byte[size]))
                    .join();
            files.setModified(FILE, Instant.EPOCH);
            Instant time = Instant.parse("2001-02-03T04:05:06Z");
            try (FileUpload upload = change(WritePosition.END)) {
                upload.write(size, ByteBuffer.allocate(1));
                upload.commit();
            }
            ObjectDescription head = head(client);
            assertThat(head.contentType()).isEqualTo("text/x-log");
            assertThat(head.metadata()).containsEntry("who", "somebody").doesNotContainKey("mtime");
            assertThat(files.stat(FILE).modified()).isAfter(time);

            try (FileUpload upload = change(WritePosition.END)) {
                upload.setModified(time);
                upload.write(size + 1, ByteBuffer.allocate(1));
                upload.commit();
            }
            assertThat(files.stat(FILE).modified()).isEqualTo(time);
            assertThat(head(client).contentType()).isEqualTo("text/x-log");
        }
    }

    private ObjectDescription head(S3Operations client) {
        return client.head(HeadRequest.of(key)).join().description();
    }

    @Test
    void theChecksumCoversTheWholeFile() throws Exception {
        byte[] before = Bytes.random(1, 12 * MIB);
        put(before);
        files.checksum(FILE, DigestAlgorithm.CRC32, 0, Long.MAX_VALUE, () -> false);
        byte[] added = Bytes.random(2, 9 * MIB);
        try (FileUpload upload = change(WritePosition.END)) {
            write(upload, before.length, added);
            upload.commit();
        }
        CRC32 crc = new CRC32();
        crc.update(before);
        crc.update(added);
        assertThat(files.checksum(FILE, DigestAlgorithm.CRC32, 0, Long.MAX_VALUE, () -> false))
                .isEqualTo(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    // ---- in place

    @ParameterizedTest
    @CsvSource({
        "100, 0, 10",
        "100, 50, 10",
        "100, 50, 100",
        "6291456, 0, 1",
        "20000000, 0, 1",
        "20000000, 0, 9000000",
        "20000000, 0, 20000000",
        "20000000, 1, 5242880",
        "20000000, 5242879, 2",
        "20000000, 5242880, 8388608",
        "20000000, 5242881, 8388609",
        "20000000, 9000000, 100",
        "20000000, 14757120, 1",
        "20000000, 19000000, 1",
        "20000000, 19999999, 1",
        "20000000, 19999999, 9000000"
    })
    void bytesThatAreNotWrittenStay(int size, int offset, int count) throws Exception {
        byte[] before = Bytes.random(1, size);
        byte[] written = Bytes.random(2, count);
        for (WritePosition start : List.of(WritePosition.at(offset), WritePosition.FIRST_WRITE)) {
            put(before);
            try (FileUpload upload = change(start)) {
                write(upload, offset, written);
                assertThat(upload.entry().size()).isEqualTo(Math.max(size, offset + count));
                upload.commit();
            }
            assertThat(get()).isEqualTo(changed(before, offset, written));
        }
        assertNothingIsLeft();
    }

    @Test
    void severalRangesCanBeWrittenInOrder() throws Exception {
        byte[] expected = Bytes.random(1, 40 * MIB);
        put(expected);
        try (FileUpload upload = change(WritePosition.FIRST_WRITE)) {
            for (int offset : new int[] {10, 3 * MIB, 12 * MIB, 25 * MIB, 26 * MIB, 40 * MIB - 5}) {
                byte[] written = Bytes.random(offset, 1_000_000);
                write(upload, offset, written);
                expected = changed(expected, offset, written);
            }
            upload.commit();
        }
        assertThat(get()).isEqualTo(expected);
    }

    @Test
    void blocksMayArriveOutOfOrder() throws Exception {
        byte[] before = Bytes.random(1, 10 * MIB);
        byte[] written = Bytes.random(2, 4 * MIB);
        put(before);
        for (int offset : new int[] {0, 9 * MIB}) {
            byte[] expected = changed(get(), offset, written);
            try (FileUpload upload = change(WritePosition.FIRST_WRITE)) {
                upload.write(offset + MIB, ByteBuffer.wrap(written, MIB, MIB));
                upload.write(offset, ByteBuffer.wrap(written, 0, MIB));
                upload.write(offset + 3 * MIB, ByteBuffer.wrap(written, 3 * MIB, MIB));
                upload.write(offset + 2 * MIB, ByteBuffer.wrap(written, 2 * MIB, MIB));
                upload.commit();
            }
            assertThat(get()).isEqualTo(expected);
        }
    }

    @Test
    void writingBackwardsIsRefusedAndNothingIsLost() throws Exception {
        byte[] before = Bytes.random(1, 20 * MIB);
        put(before);
        try (FileUpload upload = change(WritePosition.FIRST_WRITE)) {
            write(upload, 9 * MIB, new byte[6 * MIB]);
            assertFails(Failure.UNSUPPORTED, () -> upload.write(9L * MIB, ByteBuffer.allocate(1)));
            assertFails(Failure.UNSUPPORTED, upload::commit);
        }
        assertThat(get()).isEqualTo(before);
        assertFails(Failure.UNSUPPORTED, () -> change(WritePosition.at(20L * MIB + 1)));
        try (FileUpload upload = change(WritePosition.FIRST_WRITE)) {
            // Bytes before this block are missing, since nobody has extended the file.
            upload.write(20L * MIB + 1, ByteBuffer.allocate(1));
            assertFails(Failure.INTEGRITY, upload::commit);
        }
        assertThat(get()).isEqualTo(before);
        assertNothingIsLeft();
    }

    // ---- sizes

    @ParameterizedTest
    @ValueSource(ints = {0, 100, 6 * MIB, 20 * MIB})
    void theSizeCanBeSet(int size) throws Exception {
        byte[] before = Bytes.random(1, size);
        for (int wanted : new int[] {0, 1, 99, LEAST - 1, LEAST, LEAST + 1, PART + 1, 13 * MIB, 20 * MIB, 21 * MIB}) {
            put(before);
            assertThat(files.truncate(FILE, wanted, UploadOptions.DEFAULT).size())
                    .isEqualTo(wanted);
            assertThat(get()).isEqualTo(Arrays.copyOf(before, wanted));
        }
        assertNothingIsLeft();
    }

    @Test
    void theSizeCanBeSetWhileAFileIsChanged() throws Exception {
        byte[] before = Bytes.random(1, 20 * MIB);
        byte[] written = Bytes.random(2, MIB);
        put(before);
        try (FileUpload upload = change(WritePosition.FIRST_WRITE)) {
            write(upload, 0, written);
            assertFails(Failure.UNSUPPORTED, () -> upload.truncate(MIB - 1));
            upload.truncate(12 * MIB);
            assertThat(upload.entry().size()).isEqualTo(12L * MIB);
            upload.truncate(13 * MIB);
            write(upload, 12 * MIB + 5, written);
            assertFails(Failure.TOO_LARGE, () -> upload.truncate(300L * MIB));
            upload.commit();
        }
        byte[] expected = Arrays.copyOf(changed(Arrays.copyOf(before, 12 * MIB), 0, written), 13 * MIB);
        assertThat(get()).isEqualTo(changed(expected, 12 * MIB + 5, written));
        // OpenSSH's scp replaces a file like this: it writes all of it in place, and then sets its size.
        try (FileUpload upload = change(WritePosition.FIRST_WRITE)) {
            write(upload, 0, written);
            upload.truncate(MIB);
            upload.commit();
        }
        assertThat(get()).isEqualTo(written);
        try (FileUpload upload = files.create(FILE, CreateMode.REPLACE)) {
            assertFails(Failure.UNSUPPORTED, () -> upload.truncate(5));
            upload.truncate(0);
        }
    }

    // ---- permissions and concurrent changes

    @Test
    void changesNeedThePermissionToOverwrite() throws Exception {
        put(new byte[10]);
        VirtualFileSystem adding = open("adding", EnumSet.complementOf(EnumSet.of(Permission.OVERWRITE)));
        assertFails(Failure.PERMISSION_DENIED, () -> adding.change(FILE, WritePosition.at(0)));
        VirtualPath other = VirtualPath.ROOT.child("other");
        assertFails(Failure.NOT_FOUND, () -> files.change(other, WritePosition.at(0)));
        files.mkdir(other);
        assertFails(Failure.IS_A_DIRECTORY, () -> files.change(other, WritePosition.at(0)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 12 * MIB})
    void versionsStoredMeanwhileAreNotLost(int size) throws Exception {
        byte[] others = Bytes.random(3, size);
        put(Bytes.random(1, size));
        try (FileUpload upload = change(WritePosition.END)) {
            upload.write(size, ByteBuffer.allocate(100));
            put(others);
            assertFails(Failure.CONFLICT, upload::commit);
        }
        assertThat(get()).isEqualTo(others);
        // Replaced before its bytes are requested.
        try (FileUpload upload = change(WritePosition.FIRST_WRITE)) {
            put(Bytes.random(4, size));
            assertFails(Failure.CONFLICT, () -> {
                upload.write(0, ByteBuffer.allocate(10));
                upload.commit();
            });
        }
        assertThat(get()).isEqualTo(Bytes.random(4, size));
        try (FileUpload upload = change(WritePosition.END)) {
            files.delete(FILE);
            assertFails(Failure.CONFLICT, () -> {
                upload.write(size, ByteBuffer.allocate(10));
                upload.commit();
            });
        }
        assertFails(Failure.NOT_FOUND, () -> files.stat(FILE));
        assertNothingIsLeft();
    }

    // ---- interruptions

    @Test
    void anInterruptedAppendResumesAndKeepsTheFile() throws Exception {
        byte[] before = Bytes.random(1, 12 * MIB);
        byte[] added = Bytes.random(2, 20 * MIB);
        put(before);
        try (FileUpload upload = change(WritePosition.END)) {
            write(upload, before.length, Arrays.copyOf(added, 18 * MIB));
        }
        FileEntry interrupted = files.stat(FILE);
        assertThat(interrupted.partial()).isTrue();
        assertThat(interrupted.size()).isEqualTo(before.length + 2L * PART);
        assertThat(get(open("bert", EnumSet.allOf(Permission.class)))).isEqualTo(before);
        assertFails(Failure.BUSY, () -> change(WritePosition.END));
        assertFails(Failure.UNSUPPORTED, () -> files.resume(FILE, WritePosition.at(6L * MIB)));
        faults.forgetCalls();
        try (FileUpload upload = files.resume(FILE, WritePosition.at(interrupted.size()))) {
            int sent = (int) interrupted.size() - before.length;
            write(upload, (int) interrupted.size(), Arrays.copyOfRange(added, sent, added.length));
            upload.commit();
        }
        assertThat(faults.calls()).noneMatch(ChangedFilesContract::isCopy);
        assertThat(get()).isEqualTo(changed(before, before.length, added));
        assertNothingIsLeft();
    }

    private static boolean isCopy(Call call) {
        return call.is(Operation.COPY) || call.is(Operation.UPLOAD_PART_COPY);
    }

    /** If the store has none of the appended bytes, the file itself gives the restart offset. */
    @ParameterizedTest
    @ValueSource(ints = {1000, 12 * MIB})
    void anAppendInterruptedAtItsBeginningLeavesTheFile(int size) throws Exception {
        byte[] before = Bytes.random(1, size);
        put(before);
        try (FileUpload upload = change(WritePosition.END)) {
            write(upload, size, new byte[2 * MIB]);
        }
        assertThat(files.stat(FILE).partial()).isFalse();
        assertThat(get()).isEqualTo(before);
        assertNothingIsLeft();
    }

    @Test
    void anInterruptedChangeWithinTheFileLeavesTheFile() throws Exception {
        byte[] before = Bytes.random(1, 30 * MIB);
        put(before);
        for (WritePosition start : List.of(WritePosition.at(6L * MIB), WritePosition.FIRST_WRITE)) {
            try (FileUpload upload = change(start)) {
                write(upload, 6 * MIB, new byte[18 * MIB]);
                Patience.await(
                        "parts are stored", () -> faults.calls().stream().anyMatch(ChangedFilesContract::isPart));
                clock.advance(Duration.ofSeconds(11));
                assertThat(files.stat(FILE).partial()).isFalse();
            }
            assertThat(files.stat(FILE).partial()).isFalse();
            assertThat(get()).isEqualTo(before);
            assertNothingIsLeft();
        }
    }

    @Test
    void anAppendToADeletedFileIsGivenUp() throws Exception {
        put(Bytes.random(1, 12 * MIB));
        try (FileUpload upload = change(WritePosition.END)) {
            write(upload, 12 * MIB, new byte[18 * MIB]);
        }
        long kept = files.stat(FILE).size();
        byte[] others = Bytes.random(3, 100);
        VirtualFileSystem bert = open("bert", EnumSet.allOf(Permission.class));
        try (FileUpload upload = bert.create(FILE, CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(others));
            upload.commit();
        }
        assertFails(Failure.CONFLICT, () -> files.resume(FILE, WritePosition.at(kept)));
        assertThat(get()).isEqualTo(others);
        assertNothingIsLeft();
    }

    /** @param sent MiB that were appended when the gateway was killed */
    @ParameterizedTest
    @CsvSource({"2, 12", "18, 20"})
    void afterAKillOnlyAppendedBytesAreKept(int sent, int kept) throws Exception {
        byte[] before = Bytes.random(1, 12 * MIB);
        byte[] added = Bytes.random(2, 20 * MIB);
        put(before);
        FileUpload upload = change(WritePosition.END);
        write(upload, before.length, Arrays.copyOf(added, sent * MIB));
        int parts = 2 + sent * MIB / PART;
        Patience.await("its parts are stored", () -> {
            try {
                return store.store().pendingUploads(key).stream()
                        .anyMatch(pending -> TestStore.partsOf(bucket, pending) == parts);
            } catch (StoreException e) {
                throw new AssertionError(e);
            }
        });
        killed.add(upload);
        killed.add(fileSystems);
        killed.add(store);
        store.kill();
        store = TestStore.forChanges(bucket, folder, false);
        store.journal().recover();
        fileSystems = fileSystems();
        files = open("anna", EnumSet.allOf(Permission.class));

        FileEntry entry = files.stat(FILE);
        assertThat(entry.size()).isEqualTo((long) kept * MIB);
        assertThat(entry.partial()).isEqualTo(kept > 12);
        byte[] expected = before;
        if (entry.partial()) {
            try (FileUpload again = files.resume(FILE, WritePosition.at(entry.size()))) {
                int from = (int) entry.size() - before.length;
                write(again, (int) entry.size(), Arrays.copyOfRange(added, from, added.length));
                again.commit();
            }
            expected = changed(before, before.length, added);
        }
        assertThat(get()).isEqualTo(expected);
        assertNothingIsLeft();
    }

    @Test
    void storesThatRequireEqualPartsGetThem(@TempDir Path other) throws Exception {
        byte[] before = Bytes.random(1, 21 * MIB);
        put(before);
        Mount mount = new Mount(VirtualPath.ROOT, bucket.name(), "", false);
        try (TestStore equal = TestStore.forChanges(bucket, other, true);
                ObjectFileSystems systems = ObjectFileSystems.builder(equal.store(), equal.attributes())
                        .clock(clock)
                        .admissionWait(Duration.ofSeconds(20))
                        .build()) {
            VirtualFileSystem strict =
                    systems.open(new Account("anna", List.of(mount), EnumSet.allOf(Permission.class)));
            byte[] written = Bytes.random(2, 10 * MIB);
            for (int offset : new int[] {21 * MIB, 3, 9 * MIB}) {
                byte[] expected = changed(get(), offset, written);
                faults.forgetCalls();
                try (FileUpload upload = strict.change(FILE, WritePosition.at(offset))) {
                    write(upload, offset, written);
                    upload.commit();
                }
                assertThat(get()).isEqualTo(expected);
                assertThat(faults.calls()).anyMatch(ChangedFilesContract::isCopy);
                assertThat(sizesOfParts(expected.length)).isTrue();
            }
        }
    }

    /** Whether all parts that were sent or copied last have the same size, except for the last of the object. */
    private boolean sizesOfParts(int size) {
        return faults.calls().stream()
                .filter(ChangedFilesContract::isPart)
                .allMatch(call -> call.bytes() == PART || call.bytes() == size % PART);
    }

    private static boolean isPart(Call call) {
        return call.is(Operation.UPLOAD_PART) || call.is(Operation.UPLOAD_PART_COPY);
    }
}
