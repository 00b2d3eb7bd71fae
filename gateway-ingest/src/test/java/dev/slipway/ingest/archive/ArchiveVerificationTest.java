package dev.slipway.ingest.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.ArchiveMember;
import dev.slipway.core.archive.ArchivedObject;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.ingest.archive.ArchiveVerification.DamagedArchiveException;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Archives whose ETag is the recorded one, and whose members or records are wrong. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ArchiveVerificationTest {
    /** Each has a frame of its own. Nothing in them can be compressed, so that changed bytes take as much room. */
    private static final int SIZE = 100_000;

    private final ArchivingGateway gateway;
    private final TestStore store;

    ArchiveVerificationTest(@TempDir Path folder) {
        TestBucket bucket = TestBucket.inMemory();
        store = new TestStore(bucket, folder);
        gateway = new ArchivingGateway(
                store,
                bucket.name(),
                List.of(
                        ArchivingGateway.settings().build(),
                        ArchivingGateway.settings()
                                .set("name", "compressed")
                                .set("format", ArchiveSettings.Form.TAR_ZST)
                                .build()));
    }

    @AfterEach
    void close() {
        gateway.close();
    }

    private Archive archive(ArchiveSettings.Form format) throws Exception {
        for (int i = 0; i < 3; i++) {
            gateway.put("in/" + i, Bytes.random(i, SIZE));
        }
        String task = format == ArchiveSettings.Form.TAR ? "logs" : "compressed";
        gateway.await(gateway.archives().run(task, true, "test"));
        Archive archive = gateway.archives().list(null, 1).getFirst();
        assertThat(gateway.archives().verify(archive.id())).isEqualTo(3);
        return archive;
    }

    private List<ArchiveMember> members(Archive archive) {
        return gateway.archives().members(archive.id(), -1, 10).stream()
                .map(ArchivedObject::member)
                .toList();
    }

    /** Puts other bytes in the archive's place, and records their ETag as if they had always been there. */
    private void replace(Archive archive, byte[] bytes) throws IOException {
        gateway.put(archive.key().key(), bytes);
        ObjectInfo now = store.store().head(archive.key()).orElseThrow();
        int changed = store.database()
                .inTransaction(handle ->
                        handle.execute("UPDATE archives SET etag = ?, bytes = ?", now.etag(), (long) bytes.length));
        assertThat(changed).isEqualTo(1);
    }

    private void assertDamaged(Archive archive, String message) {
        assertThatThrownBy(() -> gateway.archives().verify(archive.id()))
                .isInstanceOf(IOException.class)
                .hasMessageMatching(".*(" + message + ").*");
    }

    @ParameterizedTest
    @EnumSource
    void aByteOfAMemberThatChangedIsFound(ArchiveSettings.Form format) throws Exception {
        Archive archive = archive(format);
        byte[] whole = gateway.get(archive.key().key());
        for (ArchiveMember member : members(archive)) {
            byte[] bytes = whole.clone();
            bytes[Math.toIntExact(member.offset() + member.length() / 2)] ^= 1;
            replace(archive, bytes);
            assertDamaged(archive, "SHA-256|cannot be decompressed");
        }
        replace(archive, whole);
        assertThat(gateway.archives().verify(archive.id())).isEqualTo(3);
    }

    /** The checksums of zstd hold, and those of the frames too: only the SHA-256 of the member differs. */
    @ParameterizedTest
    @EnumSource(names = "TAR_ZST")
    void aFrameWithOtherContentIsFound(ArchiveSettings.Form format) throws Exception {
        Archive archive = archive(format);
        byte[] bytes = gateway.get(archive.key().key());
        ArchiveMember member = members(archive).get(1);
        int from = Math.toIntExact(member.offset());
        byte[] frame = Arrays.copyOfRange(bytes, from, Math.toIntExact(from + member.length()));
        byte[] plain = Zstd.decompress(frame, Math.toIntExact(Zstd.getFrameContentSize(frame)));
        plain[Math.toIntExact(member.contentOffset()) + 50_000] ^= 1;
        try (ZstdCompressCtx context = new ZstdCompressCtx()) {
            byte[] other =
                    context.setLevel(3).setChecksum(true).setContentSize(true).compress(plain);
            assertThat(other).hasSameSizeAs(frame).isNotEqualTo(frame);
            System.arraycopy(other, 0, bytes, from, other.length);
        }
        replace(archive, bytes);
        assertDamaged(archive, "another SHA-256");
    }

    @ParameterizedTest
    @EnumSource
    void anArchiveThatEndsTooEarlyIsFound(ArchiveSettings.Form format) throws Exception {
        Archive archive = archive(format);
        byte[] bytes = gateway.get(archive.key().key());
        ArchiveMember last = members(archive).getLast();
        replace(archive, Arrays.copyOf(bytes, Math.toIntExact(last.offset() + last.length() / 2)));
        assertDamaged(archive, format == ArchiveSettings.Form.TAR ? "ends too early" : "seek table");
    }

    @ParameterizedTest
    @EnumSource
    void wrongRecordsAreFound(ArchiveSettings.Form format) throws Exception {
        Archive archive = archive(format);
        List<ArchiveMember> members = members(archive);
        ArchiveMember member = members.get(1);
        long offset = member.offset();
        long length = member.length();
        long size = member.size();
        List<ArchiveMember> wrong = new ArrayList<>(List.of(
                with(member, offset + 1, length, member.contentOffset(), size),
                with(member, offset - 1, length, member.contentOffset(), size),
                with(member, offset, length + 1, member.contentOffset(), size),
                with(member, offset, length - 1, member.contentOffset(), size - 1),
                with(member, offset, length, member.contentOffset(), size + 1),
                with(member, archive.bytes(), length, member.contentOffset(), size),
                with(members.get(0), offset, length, member.contentOffset(), size)));
        if (format == ArchiveSettings.Form.TAR_ZST) {
            wrong.add(with(member, offset, length, member.contentOffset() + 1, size));
            wrong.add(with(member, offset, length, member.contentOffset() - 1, size));
        }
        for (ArchiveMember other : wrong) {
            assertDamaged(archive, List.of(members.get(0), other, members.get(2)));
        }
        List<ArchiveMember> reversed = new ArrayList<>(members);
        Collections.reverse(reversed);
        assertDamaged(archive, reversed);
    }

    private static ArchiveMember with(ArchiveMember of, long offset, long length, long contentOffset, long size) {
        return new ArchiveMember(
                of.key(), of.version(), offset, length, contentOffset, size, of.modified(), of.sha256());
    }

    private void assertDamaged(Archive archive, List<ArchiveMember> members) throws IOException {
        ObjectInfo object = store.store().head(archive.key()).orElseThrow();
        assertThatThrownBy(() -> ArchiveVerification.verify(
                        store.store(), object, archive.format(), members.iterator(), "", () -> {}))
                .as("%s", members)
                .isInstanceOf(DamagedArchiveException.class);
    }
}
