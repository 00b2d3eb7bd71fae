package dev.slipway.ingest.content;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/** The members of a tar: of POSIX, GNU with long names and sparse files, or older. Read once, as a stream. */
final class TarMembers {
    private final InputStream tar;
    private final BoundedInput bounds;
    private final Meter meter;
    private final MemberNames names;

    /**
     * @param tar the decompressed tar; remains the caller's
     * @param file its limits
     */
    TarMembers(InputStream tar, FileInput file) throws IOException {
        this.tar = tar;
        this.bounds = new BoundedInput(tar);
        this.meter = file.meter();
        this.names = new MemberNames(file.limits());
    }

    /** See {@link Content.Archive#visit}. */
    @SuppressWarnings("resource") // the stream is the caller's
    void visit(MemberVisitor visitor) throws IOException {
        Headers in = new Headers(bounds);
        TarArchiveEntry entry = next(in);
        while (entry != null) {
            visit(in, entry, visitor);
            entry = next(in);
        }
        // The checks at the end of a compressed file need all of it.
        byte[] buffer = new byte[1 << 13];
        while (tar.read(buffer) >= 0) {
            // Only its checks matter.
        }
    }

    private @Nullable TarArchiveEntry next(Headers in) throws IOException {
        bounds.beginHeaders();
        in.longName = null;
        try {
            return in.getNextEntry();
        } catch (IOException | RuntimeException e) {
            throw MeteredStream.failure(e);
        } finally {
            bounds.endHeaders();
        }
    }

    private void visit(Headers in, TarArchiveEntry entry, MemberVisitor visitor) throws IOException {
        if (entry.isGlobalPaxHeader()) {
            return;
        }
        String name = entry.getName();
        if (entry.isSymbolicLink() || entry.isLink()) {
            throw MemberNames.refused(name, "is a link");
        }
        if (entry.isFIFO() || entry.isBlockDevice() || entry.isCharacterDevice()) {
            throw MemberNames.refused(name, "is neither a file nor a folder");
        }
        if (name.indexOf('?') >= 0 && !in.isNameUtf8()) {
            throw MemberNames.refused(name, "is not UTF-8");
        }
        List<String> path = names.add(name, entry.isDirectory());
        Member member = new Member(path, entry.getLastModifiedTime().toInstant());
        if (entry.isDirectory()) {
            if (!path.isEmpty()) {
                visitor.folder(member);
            }
            return;
        }
        long size = entry.isSparse() ? entry.getRealSize() : entry.getSize();
        MeteredStream bytes = new MeteredStream(in, meter);
        visitor.file(member, size, bytes);
        bytes.finish();
    }

    /** Remembers the bytes of names: the library makes a question mark of what is not UTF-8. */
    private static final class Headers extends TarArchiveInputStream {
        private static final int NAME_LENGTH = 100;

        private byte[] record = new byte[0];
        private byte @Nullable [] longName;

        Headers(InputStream in) {
            super(in, StandardCharsets.UTF_8.name());
        }

        @Override
        protected byte[] readRecord() throws IOException {
            byte[] read = super.readRecord();
            record = read == null ? new byte[0] : read;
            return read;
        }

        @Override
        protected byte[] getLongNameData() throws IOException {
            byte[] read = super.getLongNameData();
            longName = read;
            return read;
        }

        /** Whether the name of the current member is UTF-8; for one of PAX, which always is, the header's own copy. */
        boolean isNameUtf8() {
            byte[] name = longName == null ? Arrays.copyOf(record, NAME_LENGTH) : longName;
            return MemberNames.decode(name).isPresent();
        }
    }
}
