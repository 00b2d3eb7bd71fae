package dev.slipway.ingest.archive;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.ArchiveMember;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectStore;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Iterator;

/** Reads an archive once from its beginning, and compares its members with what is known of them. */
final class ArchiveVerification {
    private static final int BUFFER = 1 << 16;

    private ArchiveVerification() {}

    /** An archive is not what is known of it. The message is for people. */
    static final class DamagedArchiveException extends IOException {
        private static final long serialVersionUID = 1L;

        DamagedArchiveException(String message) {
            super(message);
        }
    }

    /** Called before each member, and for each block of a large one. */
    interface Step {
        void next() throws IOException;
    }

    /**
     * Verifies an archive. Blocks for the store.
     *
     * @param members in their order; read once
     * @param account whose share of the memory it uses
     * @return how many members there were
     */
    static long verify(
            ObjectStore store,
            ObjectInfo archive,
            Archive.Format format,
            Iterator<ArchiveMember> members,
            String account,
            Step step)
            throws IOException {
        SeekTable table = format == Archive.Format.TAR_ZSTD ? SeekTable.read(store, archive, account) : null;
        long verified = 0;
        try (InputStream bytes = new ReaderStream(store.read(archive, 0, account));
                InputStream content = table == null ? bytes : new ZstdInputStreamNoFinalizer(bytes)) {
            byte[] buffer = new byte[BUFFER];
            long at = 0;
            while (members.hasNext()) {
                step.next();
                ArchiveMember member = members.next();
                long start = table == null ? member.offset() : position(table, member);
                if (start < at || (table == null && member.length() != member.size())) {
                    throw new DamagedArchiveException(member.key() + " is not where it should be in " + archive.key());
                }
                content.skipNBytes(start - at);
                String digest = digest(content, member.size(), buffer, step);
                if (!digest.equals(member.sha256())) {
                    throw new DamagedArchiveException(
                            member.key() + " has another SHA-256 in " + archive.key() + " than it should have");
                }
                at = start + member.size();
                verified++;
            }
        } catch (EOFException e) {
            throw new DamagedArchiveException(archive.key() + " ends too early");
        } catch (ZstdIOException e) {
            throw new DamagedArchiveException(archive.key() + " cannot be decompressed: " + e.getMessage());
        }
        return verified;
    }

    private static long position(SeekTable table, ArchiveMember member) throws DamagedArchiveException {
        try {
            return table.position(
                    new SeekTable.Range(member.offset(), member.length(), member.contentOffset()), member.size());
        } catch (IOException e) {
            throw new DamagedArchiveException(member.key() + ": " + e.getMessage());
        }
    }

    private static String digest(InputStream content, long size, byte[] buffer, Step step) throws IOException {
        MessageDigest digest = ArchiveContent.sha256();
        long left = size;
        while (left > 0) {
            int read = content.read(buffer, 0, (int) Math.min(left, buffer.length));
            if (read < 0) {
                throw new EOFException();
            }
            digest.update(buffer, 0, read);
            left -= read;
            step.next();
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
