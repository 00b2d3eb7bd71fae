package dev.slipway.ingest.archive;

import dev.slipway.core.archive.ArchiveMember;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.ingest.watch.inotify.OpenDirectory;
import dev.slipway.ingest.watch.inotify.OpenFiles;
import dev.slipway.ingest.watch.inotify.Writers;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Local files that are to become members of archives in a bucket. The key of a file is its path below a folder. The
 * {@link ObjectInfo} of a file has its {@link LocalVersion} in place of an ETag, and the time of its last change.
 */
final class FolderSource implements FileSource {
    /** Where the kernel does not tell who writes, a file that has not changed for this time is complete. */
    private static final Duration UNKNOWN_WRITERS_AGE = Duration.ofSeconds(10);

    private static final int PAGE = 1000;

    /** The root of all buckets' folders. */
    private final Path base;

    private final Path root;
    private final String bucket;
    private final ArchiveRun.Parts parts;
    private final JobRun run;
    private final RunProblems problems;
    private final Instant now;
    private final OriginalVersions members;

    /**
     * Of the folder of a bucket.
     *
     * @param base the folder in which it is; absolute, and may be a symbolic link. Below it, no link is followed
     * @param bucket names the folder; of the keys
     * @param now when the run began
     */
    FolderSource(Path base, String bucket, ArchiveRun.Parts parts, JobRun run, RunProblems problems, Instant now) {
        this.base = base;
        this.root = base.resolve(bucket);
        this.bucket = bucket;
        this.parts = parts;
        this.run = run;
        this.problems = problems;
        this.now = now;
        this.members = new OriginalVersions(parts, run);
    }

    @Override
    public String beginning() {
        return "";
    }

    /** The bucket may be missing: anybody may make a folder. */
    @Override
    public void check() throws IOException {
        var _ = parts.store().list(bucket, "", true, null, 1);
    }

    @Override
    @SuppressWarnings("StreamResourceLeak") // The listing closes it.
    public Listing list(String folder, boolean foldersOnly) throws IOException {
        OpenDirectory directory;
        try {
            directory = OpenDirectory.open(base, base.getFileSystem().getPath(bucket, folder));
        } catch (NoSuchFileException | NotDirectoryException e) {
            return gone(folder, e);
        } catch (AccessDeniedException _) {
            problems.add(root.resolve(folder) + " cannot be listed: permission denied");
            return Nothing.INSTANCE;
        }
        try {
            return new Entries(folder, foldersOnly, directory, Files.newDirectoryStream(directory.path()));
        } catch (IOException e) {
            directory.close();
            throw e;
        }
    }

    /** Others may delete folders at any time. */
    private Listing gone(String folder, IOException e) throws IOException {
        if (folder.isEmpty()) {
            throw new IOException(root + " is no folder", e);
        }
        return Nothing.INSTANCE;
    }

    private enum Nothing implements Listing {
        INSTANCE;

        @Override
        public @Nullable Page next() {
            return null;
        }

        @Override
        public void close() {}
    }

    /** The entries of one directory. */
    private final class Entries implements Listing {
        private final String folder;
        private final boolean foldersOnly;
        private final OpenDirectory directory;
        private final DirectoryStream<Path> stream;
        private final Iterator<Path> entries;

        Entries(String folder, boolean foldersOnly, OpenDirectory directory, DirectoryStream<Path> stream) {
            this.folder = folder;
            this.foldersOnly = foldersOnly;
            this.directory = directory;
            this.stream = stream;
            this.entries = stream.iterator();
        }

        @Override
        public @Nullable Page next() throws IOException {
            List<ObjectInfo> files = new ArrayList<>();
            List<String> folders = new ArrayList<>();
            try {
                if (!entries.hasNext()) {
                    return null;
                }
                for (int i = 0; i < PAGE && entries.hasNext(); i++) {
                    add(entries.next(), files, folders);
                }
            } catch (DirectoryIteratorException e) {
                throw e.getCause();
            }
            return new Page(files, folders);
        }

        private void add(Path entry, List<ObjectInfo> files, List<String> folders) {
            String name = Objects.requireNonNull(entry.getFileName()).toString();
            try {
                BasicFileAttributes attributes =
                        Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                boolean isWanted = attributes.isDirectory() || (attributes.isRegularFile() && !foldersOnly);
                if (!isWanted || !isNamed(entry, name)) {
                    return;
                }
                if (attributes.isDirectory()) {
                    folders.add(folder + name + "/");
                } else {
                    LocalVersion version = LocalVersion.of(entry);
                    if (isComplete(entry, version)) {
                        files.add(new ObjectInfo(
                                new ObjectKey(bucket, folder + name),
                                version.size(),
                                version.tag(),
                                version.changedAt()));
                    }
                }
            } catch (NoSuchFileException _) {
                // Somebody has just deleted it.
            } catch (IOException e) {
                problems.add(root + "/" + folder + name + " cannot be read: " + reason(e));
            }
        }

        private boolean isNamed(Path entry, String name) {
            if (isText(entry, name) && name.chars().noneMatch(Character::isISOControl)) {
                return true;
            }
            if (!foldersOnly) {
                problems.add(root.resolve(folder) + " has an entry that is left alone: its name contains control"
                        + " characters, or is not valid in this machine's character encoding: " + name);
            }
            return false;
        }

        /** Whether a name is text, and not bytes that the machine's encoding does not have. */
        private static boolean isText(Path entry, String name) {
            try {
                return entry.getFileSystem().getPath(name).equals(entry.getFileName());
            } catch (InvalidPathException _) {
                return false;
            }
        }

        @Override
        public void close() throws IOException {
            try (directory) {
                stream.close();
            }
        }
    }

    /** Whether nobody writes a file, as far as the kernel tells. */
    private boolean isComplete(Path file, LocalVersion version) throws IOException {
        return switch (OpenFiles.writersOf(file)) {
            case SOME -> false;
            case NONE -> true;
            case UNKNOWN -> !version.changedAt().isAfter(now.minus(UNKNOWN_WRITERS_AGE));
        };
    }

    private static String reason(IOException e) {
        return e instanceof AccessDeniedException ? "permission denied" : String.valueOf(e.getMessage());
    }

    @Override
    public Set<ObjectKey> archived(List<ObjectInfo> files) {
        return parts.table().archived(files);
    }

    @Override
    public Map<ObjectKey, Instant> times(List<ObjectInfo> files) {
        return files.stream().collect(Collectors.toMap(ObjectInfo::key, file -> LocalVersion.modified(file.etag())));
    }

    @Override
    public Contents read(List<ObjectInfo> files, Duration wait) {
        Iterator<ObjectInfo> next = files.iterator();
        return new Contents() {
            @Override
            public InputStream next() throws IOException {
                return open(next.next());
            }

            @Override
            public void close() {}
        };
    }

    private InputStream open(ObjectInfo file) throws IOException {
        try {
            return new Content(file, with(file.key(), OpenDirectory::read));
        } catch (NoSuchFileException e) {
            throw new LeftOutException(file.key(), true, e);
        } catch (AccessDeniedException e) {
            throw new LeftOutException(file.key(), false, new IOException("permission denied", e));
        }
    }

    /** What is done with a file in a directory that is kept open meanwhile. */
    private interface Use<T> {
        T apply(OpenDirectory parent, Path name) throws IOException;
    }

    /** Does something with a file. There is no symbolic link between the folder and the file, and nobody can put one there. */
    private <T> T with(ObjectKey key, Use<T> use) throws IOException {
        Path relative = base.getFileSystem().getPath(bucket, key.key());
        Path parent = Objects.requireNonNull(relative.getParent());
        try (OpenDirectory directory = OpenDirectory.open(base, parent)) {
            return use.apply(directory, Objects.requireNonNull(relative.getFileName()));
        } catch (NotDirectoryException e) {
            NoSuchFileException gone =
                    new NoSuchFileException(base.resolve(relative).toString());
            gone.initCause(e);
            throw gone;
        }
    }

    /** Whether a file is the version that has a tag, and nobody writes it. */
    private boolean isStill(ObjectKey key, String tag) throws IOException {
        return with(key, (parent, name) -> isStill(parent.path().resolve(name), tag));
    }

    private static boolean isStill(Path file, String tag) throws IOException {
        return LocalVersion.of(file).tag().equals(tag) && OpenFiles.writersOf(file) != Writers.SOME;
    }

    /** A file from its beginning to its end. At the end it must still be the version that was listed. */
    private final class Content extends InputStream {
        private final ObjectInfo file;
        private final FileChannel channel;
        private final byte[] one = new byte[1];
        private long left;
        private boolean isChecked;

        Content(ObjectInfo file, FileChannel channel) {
            this.file = file;
            this.channel = channel;
            this.left = file.size();
        }

        @Override
        public int read() throws IOException {
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            int read = left == 0 ? -1 : channel.read(ByteBuffer.wrap(target, offset, (int) Math.min(length, left)));
            left -= Math.max(read, 0);
            if (read < 0 && !isChecked) {
                isChecked = true;
                checkUnchanged();
            }
            return read;
        }

        private void checkUnchanged() throws IOException {
            boolean isSame;
            try {
                isSame = left == 0 && isStill(file.key(), file.etag());
            } catch (NoSuchFileException _) {
                isSame = false;
            }
            if (!isSame) {
                throw new LeftOutException(file.key(), true, new IOException("it has changed"));
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /** If the bucket has an object at the key of a file, its path shows that, and not the file. */
    @Override
    public void hideChanged(List<ArchiveMember> archived) throws IOException, JobStoppedException {
        members.hideReplaced(archived);
    }

    @Override
    public void deleteMembers(List<ArchiveMember> archived) throws JobStoppedException {
        delete(archived, ArchiveMember::key, ArchiveMember::version);
    }

    @Override
    public void delete(List<ObjectInfo> files) throws JobStoppedException {
        delete(files, ObjectInfo::key, ObjectInfo::version);
    }

    private <T> void delete(List<T> files, Function<T, ObjectKey> key, Function<T, String> version)
            throws JobStoppedException {
        for (int i = 0; i < files.size(); i++) {
            if (i % PAGE == 0) {
                run.throwIfStopped();
                run.progress("deleting", 0, -1, i, files.size());
            }
            delete(key.apply(files.get(i)), version.apply(files.get(i)));
        }
    }

    /**
     * Deletes a file, if it is still the same.
     *
     * @param version of the {@link ObjectInfo}, which begins with the tag
     */
    private void delete(ObjectKey key, String version) {
        try {
            String tag = version.substring(0, version.lastIndexOf('@'));
            boolean _ = with(key, (parent, name) -> {
                Path file = parent.path().resolve(name);
                return isStill(file, tag) && Files.deleteIfExists(file);
            });
        } catch (NoSuchFileException _) {
            // Somebody else has deleted it.
        } catch (IOException e) {
            problems.add(root.resolve(key.key()) + " is in an archive, but cannot be deleted: " + reason(e));
        }
    }
}
