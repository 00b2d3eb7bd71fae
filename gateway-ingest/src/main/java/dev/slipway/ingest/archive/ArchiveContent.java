package dev.slipway.ingest.archive;

import dev.slipway.core.archive.ArchiveMember;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Writes files into an archive, and notes where they are. */
final class ArchiveContent {
    private static final int BUFFER = 1 << 16;

    private final List<ObjectInfo> files;
    private final Map<ObjectKey, Instant> times;
    private final FileSource.Contents originals;
    private final JobRun run;

    /**
     * Of some files.
     *
     * @param times those that clients have set
     * @param originals of these files
     * @param run learns of the progress
     */
    ArchiveContent(List<ObjectInfo> files, Map<ObjectKey, Instant> times, FileSource.Contents originals, JobRun run) {
        this.files = files;
        this.times = times;
        this.originals = originals;
        this.run = run;
    }

    /** What the tar file is written to: as it is, or compressed. */
    private interface Output {
        OutputStream stream();

        long size();

        void beginMember() throws IOException;

        void finish() throws IOException;

        /** After the end, the place of some content. */
        SeekTable.Range place(long position, long size);
    }

    private record Plain(UploadStream stream) implements Output {
        @Override
        public long size() {
            return stream.size();
        }

        @Override
        public void beginMember() {}

        @Override
        public void finish() {}

        @Override
        public SeekTable.Range place(long position, long size) {
            return new SeekTable.Range(position, size, 0);
        }
    }

    private record Compressed(FrameStream stream) implements Output {
        @Override
        public long size() {
            return stream.size();
        }

        @Override
        public void beginMember() throws IOException {
            stream.beginMember();
        }

        @Override
        public void finish() throws IOException {
            stream.finish();
        }

        @Override
        public SeekTable.Range place(long position, long size) {
            return stream.table().range(position, size);
        }
    }

    /**
     * Writes all of the archive. Blocks for the store.
     *
     * @return the members, in the order of the files
     */
    List<ArchiveMember> write(ArchiveSettings.Form format, UploadStream upload)
            throws IOException, JobStoppedException {
        return switch (format) {
            case TAR -> write(new Plain(upload));
            case TAR_ZST -> {
                FrameStream frames = new FrameStream(upload);
                try {
                    yield write(new Compressed(frames));
                } finally {
                    frames.free();
                }
            }
        };
    }

    private List<ArchiveMember> write(Output output) throws IOException, JobStoppedException {
        List<Long> positions = new ArrayList<>(files.size());
        List<String> digests = new ArrayList<>(files.size());
        long total = files.stream().mapToLong(ObjectInfo::size).sum();
        long bytes = 0;
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(output.stream(), StandardCharsets.UTF_8.name())) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
            tar.setAddPaxHeadersForNonAsciiNames(true);
            for (ObjectInfo file : files) {
                run.throwIfStopped();
                run.progress("archiving", bytes, total, digests.size(), files.size());
                try (InputStream in = originals.next()) {
                    // The first bytes come before the header: most files that are gone are noticed here.
                    byte[] first = in.readNBytes(BUFFER);
                    output.beginMember();
                    tar.putArchiveEntry(entry(file));
                    positions.add(output.size());
                    digests.add(copy(first, in, tar));
                    tar.closeArchiveEntry();
                }
                bytes += file.size();
            }
        }
        output.finish();
        List<ArchiveMember> members = new ArrayList<>(files.size());
        for (int i = 0; i < files.size(); i++) {
            ObjectInfo file = files.get(i);
            SeekTable.Range place = output.place(positions.get(i), file.size());
            members.add(new ArchiveMember(
                    file.key(),
                    file.version(),
                    place.offset(),
                    place.length(),
                    place.contentOffset(),
                    file.size(),
                    modified(file),
                    digests.get(i)));
        }
        return members;
    }

    private Instant modified(ObjectInfo file) {
        return times.getOrDefault(file.key(), file.lastModified());
    }

    private TarArchiveEntry entry(ObjectInfo file) {
        // A leading slash stays: keys may have one.
        TarArchiveEntry entry = new TarArchiveEntry(file.key().key(), true);
        entry.setSize(file.size());
        entry.setLastModifiedTime(FileTime.from(modified(file)));
        return entry;
    }

    private String copy(byte[] first, InputStream rest, OutputStream to) throws IOException, JobStoppedException {
        MessageDigest digest = sha256();
        byte[] buffer = first;
        for (int read = first.length; read > 0; read = rest.readNBytes(buffer, 0, buffer.length)) {
            digest.update(buffer, 0, read);
            to.write(buffer, 0, read);
            run.throwIfStopped();
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
