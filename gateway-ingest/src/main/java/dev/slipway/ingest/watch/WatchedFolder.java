package dev.slipway.ingest.watch;

import dev.slipway.ingest.watch.inotify.OpenFiles;
import dev.slipway.ingest.watch.inotify.Writers;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The local side of a watch: which files count, whether they are complete, and what becomes of them. Thread-safe. */
final class WatchedFolder {
    /** Where the kernel does not tell who writes, a file that has not changed for this time is complete. */
    static final Duration UNKNOWN_WRITERS_AGE = Duration.ofSeconds(10);

    private final Path root;
    private final PathPatterns include;
    private final PathPatterns exclude;
    private final @Nullable Path moveTo;
    private final Afterwards afterwards;
    private final Duration minimumAge;
    private final boolean comparesInodes;
    private final InstantSource clock;

    WatchedFolder(WatchSettings settings, InstantSource clock) {
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

    Path file(String path) {
        return root.resolve(path);
    }

    /** Whether the name of a file is text, and not bytes that the machine's encoding does not have. */
    boolean isText(Path file) {
        return root.getFileSystem().getPath(file.toString()).equals(file);
    }

    FileVersion version(Path file) throws IOException {
        return FileVersion.of(file, comparesInodes);
    }

    /** Whether a file is still this version, and nobody has it open for writing. */
    boolean isStill(Path file, FileVersion version) throws IOException {
        return version(file).equals(version) && OpenFiles.writersOf(file) != Writers.SOME;
    }

    /**
     * How long to wait until a file is complete, as far as is known; zero: it is; null: until somebody closes it.
     *
     * @throws NoSuchFileException if it has gone
     */
    @Nullable
    Duration untilComplete(Path file) throws IOException {
        Writers writers = OpenFiles.writersOf(file);
        if (writers == Writers.SOME) {
            return null;
        }
        Duration age = writers == Writers.UNKNOWN && minimumAge.compareTo(UNKNOWN_WRITERS_AGE) < 0
                ? UNKNOWN_WRITERS_AGE
                : minimumAge;
        if (age.isZero()) {
            return Duration.ZERO;
        }
        Duration left = Duration.between(clock.instant(), lastChange(file).plus(age));
        return left.isNegative() ? Duration.ZERO : left;
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
        if (!isStill(file, stored)) {
            return false;
        }
        if (afterwards == Afterwards.DELETE) {
            Files.deleteIfExists(file);
        } else {
            move(file, Objects.requireNonNull(moveTo).resolve(root.relativize(file)));
        }
        return true;
    }

    /** Moves a file, next to an earlier one of this name. */
    private static void move(Path file, Path wanted) throws IOException {
        Files.createDirectories(Objects.requireNonNull(wanted.getParent()));
        Path to = wanted;
        for (int i = 1; Files.exists(to, LinkOption.NOFOLLOW_LINKS); i++) {
            to = wanted.resolveSibling(wanted.getFileName() + "." + i);
        }
        try {
            Files.move(file, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException(wanted.getParent() + " is on another file system than the watched folder", e);
        }
    }
}
