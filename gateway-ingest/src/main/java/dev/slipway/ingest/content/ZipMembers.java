package dev.slipway.ingest.content;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Enumeration;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/** The members of a zip, as the directory at its end says: what stands before each member may lie. */
final class ZipMembers {
    private final TailChannel channel;
    private final ExpansionLimits limits;
    private final Meter meter;
    private final MemberNames names;

    /** @param channel remains the caller's */
    ZipMembers(SeekableByteChannel channel, ExpansionLimits limits) throws IOException {
        this.channel = new TailChannel(channel);
        this.limits = limits;
        this.meter = new Meter(limits, channel.size());
        this.names = new MemberNames(limits);
    }

    /** See {@link Content.Archive#visit}. */
    void visit(MemberVisitor visitor) throws IOException {
        try (ZipFile zip = open()) {
            long end = 0;
            // In the order of their bytes, so that the store is read from the beginning to the end.
            Enumeration<ZipArchiveEntry> entries = zip.getEntriesInPhysicalOrder();
            while (entries.hasMoreElements()) {
                ZipArchiveEntry entry = entries.nextElement();
                List<String> path = names.add(name(entry), entry.isDirectory());
                Member member = new Member(path, modified(entry));
                if (entry.isDirectory()) {
                    if (!path.isEmpty()) {
                        visitor.folder(member);
                    }
                } else {
                    end = visitFile(zip, entry, member, end, visitor);
                }
            }
        }
    }

    /** Reads the whole central directory, which the library keeps in memory. */
    private ZipFile open() throws IOException {
        try {
            channel.bound(limits);
            return ZipFile.builder()
                    .setSeekableByteChannel(channel)
                    .setCharset(StandardCharsets.UTF_8)
                    .setIgnoreLocalFileHeader(true)
                    .get();
        } catch (IOException | RuntimeException e) {
            throw MeteredStream.failure(e);
        } finally {
            channel.unbound();
        }
    }

    /** @param end of the bytes of the member before; the result is that of this one */
    private long visitFile(ZipFile zip, ZipArchiveEntry entry, Member member, long end, MemberVisitor visitor)
            throws IOException {
        String name = entry.getName();
        if (entry.isUnixSymlink()) {
            throw MemberNames.refused(name, "is a link");
        }
        if (entry.getGeneralPurposeBit().usesEncryption()) {
            throw MemberNames.refused(name, "is encrypted");
        }
        if (!zip.canReadEntryData(entry)) {
            throw MemberNames.refused(name, "is compressed with method " + entry.getMethod() + ", which is not known");
        }
        try (InputStream in = open(zip, entry)) {
            if (entry.getDataOffset() < end) {
                throw MemberNames.refused(name, "overlaps another");
            }
            CheckedInputStream checked = new CheckedInputStream(in, new CRC32());
            long[] count = new long[1];
            MeteredStream bytes = new MeteredStream(checked, meter) {
                @Override
                public int read(byte[] target, int offset, int length) throws IOException {
                    int read = super.read(target, offset, length);
                    if (read > 0) {
                        count[0] += read;
                    }
                    boolean isWhole =
                            count[0] == entry.getSize() && checked.getChecksum().getValue() == entry.getCrc();
                    if (count[0] > entry.getSize() || (read < 0 && !isWhole)) {
                        throw MemberNames.refused(name, "is damaged");
                    }
                    return read;
                }
            };
            visitor.file(member, entry.getSize(), bytes);
            bytes.finish();
        }
        return entry.getDataOffset() + entry.getCompressedSize();
    }

    private static InputStream open(ZipFile zip, ZipArchiveEntry entry) throws IOException {
        try {
            return zip.getInputStream(entry);
        } catch (IOException | RuntimeException e) {
            throw MeteredStream.failure(e);
        }
    }

    /** The name as it was written: the library turns some backslashes into slashes, and what is not UTF-8 into others. */
    private static String name(ZipArchiveEntry entry) throws ExpansionException {
        byte[] raw = entry.getRawName();
        if (raw == null || entry.getNameSource() == ZipArchiveEntry.NameSource.UNICODE_EXTRA_FIELD) {
            return entry.getName();
        }
        return MemberNames.decode(raw).orElseThrow(() -> MemberNames.refused(entry.getName(), "is not UTF-8"));
    }

    private static @Nullable Instant modified(ZipArchiveEntry entry) {
        FileTime time = entry.getLastModifiedTime();
        return time == null ? null : time.toInstant();
    }
}
