package dev.slipway.ingest.watch;

import dev.slipway.core.VfsException;
import dev.slipway.ingest.watch.inotify.OpenDirectory;
import dev.slipway.ingest.watch.inotify.OpenFiles;
import dev.slipway.ingest.watch.inotify.Writers;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The local side of a watch: which files count, whether they are complete, and what becomes of them. Thread-safe. */
final class WatchedFolder {
    /** Where the kernel does not tell who writes, a file that has not changed for this time is complete. */
    static final Duration UNKNOWN_WRITERS_AGE = Duration.ofSeconds(10);

    private final WatchSettings settings;
    private final Path root;
    private final PathPatterns include;
    private final PathPatterns exclude;
    private final @Nullable Path moveTo;
    private final Afterwards afterwards;
    private final Duration minimumAge;
    private final boolean comparesInodes;
    private final InstantSource clock;

    WatchedFolder(WatchSettings settings, InstantSource clock) {
        this.settings = settings;
        this.root = settings.folder();
        this.include = new PathPatterns(settings.include());
        this.exclude = new PathPatterns(settings.exclude());
        this.moveTo = settings.moveTo();
        this.afterwards = settings.afterwards();
        this.minimumAge = settings.minimumAge();
        this.comparesInodes = settings.mode() != WatchMode.POLLING && isUnix(root);
        this.clock = clock;
    }

    private static boolean isUnix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("unix");
    }

    /** Whether a directory is looked into. */
    boolean enters(Path directory) {
        return !directory.equals(moveTo) && !exclude.match(root.relativize(directory));
    }

    /** Whether a file counts, by its name. */
    boolean contains(Path file) {
        Path relative = root.relativize(file);
        if ((moveTo != null && file.startsWith(moveTo)) || (!include.isEmpty() && !include.match(relative))) {
            return false;
        }
        for (Path path = relative; path != null; path = path.getParent()) {
            if (exclude.match(path)) {
                return false;
            }
        }
        return true;
    }

    /** The path of a file below the folder, with slashes. */
    String pathOf(Path file) {
        return root.relativize(file).toString().replace(root.getFileSystem().getSeparator(), "/");
    }

    /** Where a file goes; see {@link WatchSettings#place}. */
    WatchSettings.Place place(String path) throws VfsException {
        return settings.place(path);
    }

    /** Whether its files go to several buckets. */
    boolean hasBuckets() {
        return settings.bucketFolders();
    }

    Path file(String path) {
        return root.resolve(path);
    }

    /** Whether the name of a file is text, and not bytes that the machine's encoding does not have. */
    boolean isText(Path file) {
        return root.getFileSystem().getPath(file.toString()).equals(file);
    }

    /** What is done with a file in a directory that is kept open meanwhile. */
    private interface Use<T> {
        T apply(OpenDirectory parent, Path name) throws IOException;
    }

    /**
     * Does something with a file. Between the watched folder and the file there is no symbolic link, and nobody can put one
     * there meanwhile.
     */
    private <T> T with(Path file, Use<T> use) throws IOException {
        try (OpenDirectory parent = OpenDirectory.open(root, parentOf(file))) {
            return use.apply(parent, Objects.requireNonNull(file.getFileName()));
        } catch (NoSuchFileException | NotDirectoryException e) {
            NoSuchFileException gone = new NoSuchFileException(file.toString(), null, e.getReason());
            gone.initCause(e);
            throw gone;
        } catch (AccessDeniedException e) {
            AccessDeniedException denied = new AccessDeniedException(file.toString(), null, e.getReason());
            denied.initCause(e);
            throw denied;
        }
    }

    private Path parentOf(Path file) {
        Path parent = root.relativize(file).getParent();
        return parent == null ? root.getFileSystem().getPath("") : parent;
    }

    FileVersion version(Path file) throws IOException {
        return with(file, this::version);
    }

    private FileVersion version(OpenDirectory parent, Path name) throws IOException {
        return FileVersion.of(parent.path().resolve(name), comparesInodes);
    }

    /** Opens a file for reading. */
    FileChannel open(Path file) throws IOException {
        return with(file, OpenDirectory::read);
    }

    /** Whether a file is still this version, and nobody has it open for writing. */
    boolean isStill(Path file, FileVersion version) throws IOException {
        return with(file, (parent, name) -> isStill(parent, name, version));
    }

    private boolean isStill(OpenDirectory parent, Path name, FileVersion version) throws IOException {
        return version(parent, name).equals(version)
                && OpenFiles.writersOf(parent.path().resolve(name)) != Writers.SOME;
    }

    /**
     * How long to wait until a file is complete, as far as is known; zero: it is; null: until somebody closes it.
     *
     * @throws NoSuchFileException if it has gone
     */
    @Nullable
    Duration untilComplete(Path file) throws IOException {
        return with(file, (parent, name) -> complete(parent.path().resolve(name)))
                .orElse(null);
    }

    /** Likewise; empty: until somebody closes it. */
    private Optional<Duration> complete(Path file) throws IOException {
        Writers writers = OpenFiles.writersOf(file);
        if (writers == Writers.SOME) {
            return Optional.empty();
        }
        Duration age = writers == Writers.UNKNOWN && minimumAge.compareTo(UNKNOWN_WRITERS_AGE) < 0
                ? UNKNOWN_WRITERS_AGE
                : minimumAge;
        if (age.isZero()) {
            return Optional.of(Duration.ZERO);
        }
        Duration left = Duration.between(clock.instant(), lastChange(file).plus(age));
        return Optional.of(left.isNegative() ? Duration.ZERO : left);
    }

    /** When the file changed, by the clock of its file system: programs may set any time of modification. */
    private Instant lastChange(Path file) throws IOException {
        Object time = isUnix(root)
                ? Files.getAttribute(file, "unix:ctime", LinkOption.NOFOLLOW_LINKS)
                : Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS);
        return ((FileTime) Objects.requireNonNull(time)).toInstant();
    }

    /** Whether nothing is to be done with a file that is stored. */
    boolean keepsFiles() {
        return afterwards == Afterwards.KEEP;
    }

    /**
     * Does with a stored file what the settings say, if it is still the same.
     *
     * @return false if it is not, and has to be looked at again
     */
    boolean finish(Path file, FileVersion stored) throws IOException {
        if (afterwards == Afterwards.KEEP) {
            return true;
        }
        return with(file, (parent, name) -> {
            if (!isStill(parent, name, stored)) {
                return false;
            }
            Path present = parent.path().resolve(name);
            if (afterwards == Afterwards.DELETE) {
                Files.deleteIfExists(present);
            } else {
                move(present, parentOf(file));
            }
            return true;
        });
    }

    /** Moves a file, next to an earlier one of this name. */
    private void move(Path file, Path folder) throws IOException {
        Path aside = Objects.requireNonNull(moveTo);
        Path name = Objects.requireNonNull(file.getFileName());
        try (OpenDirectory directory = aside(aside, folder)) {
            Path to = directory.path().resolve(name);
            for (int i = 1; Files.exists(to, LinkOption.NOFOLLOW_LINKS); i++) {
                to = directory.path().resolve(name + "." + i);
            }
            Files.move(file, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException(aside.resolve(folder) + " is on another file system than the watched folder", e);
        } catch (NoSuchFileException | NotDirectoryException e) {
            throw Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                    ? new IOException(aside.resolve(folder) + " cannot be used: " + e.getFile() + " is no folder", e)
                    : e;
        }
    }

    /** A folder below that of moved files. If that lies in the watched folder, others may have put links there. */
    private OpenDirectory aside(Path aside, Path folder) throws IOException {
        if (aside.startsWith(root)) {
            return OpenDirectory.create(root, root.relativize(aside.resolve(folder)));
        }
        Files.createDirectories(aside);
        return OpenDirectory.create(aside, folder);
    }
}
