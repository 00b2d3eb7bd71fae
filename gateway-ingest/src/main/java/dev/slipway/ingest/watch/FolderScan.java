package dev.slipway.ingest.watch;

import dev.slipway.ingest.watch.inotify.OpenDirectory;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Lists the files below a directory. Used by one thread at a time. */
final class FolderScan {
    /** How many files are told of at once. */
    private static final int CHUNK = 500;

    private final Path root;
    private final Predicate<Path> enters;
    private final Sightings sightings;
    private final BiFunction<Path, OpenDirectory, @Nullable String> entering;

    /**
     * @param root what a complete scan begins with
     * @param enters whether a directory is looked into
     * @param entering called for each directory before it is listed, with the directory itself; returns a problem, or null
     */
    FolderScan(
            Path root,
            Predicate<Path> enters,
            Sightings sightings,
            BiFunction<Path, OpenDirectory, @Nullable String> entering) {
        this.root = root;
        this.enters = enters;
        this.sightings = sightings;
        this.entering = entering;
    }

    /**
     * Tells of all files below a directory. Blocks.
     *
     * @param known a problem of the scan that is known before; null for none
     */
    void run(Path start, @Nullable String known) throws InterruptedException {
        Walk walk = new Walk(known);
        walk.run(start);
        if (start.equals(root)) {
            sightings.scanned(new Scan(Instant.now(), walk.files, walk.problem));
        }
    }

    private final class Walk {
        private final Deque<Path> directories = new ArrayDeque<>();
        private final List<Path> chunk = new ArrayList<>();
        private @Nullable String problem;
        private long files;

        Walk(@Nullable String known) {
            problem = known;
        }

        void run(Path start) throws InterruptedException {
            directories.add(start);
            while (!directories.isEmpty()) {
                Path directory = directories.removeLast();
                if (directory.equals(root) || enters.test(directory)) {
                    list(directory);
                }
            }
            flush();
        }

        private void list(Path directory) throws InterruptedException {
            try (OpenDirectory open = OpenDirectory.open(root, root.relativize(directory))) {
                String refused = entering.apply(directory, open);
                if (refused != null) {
                    problem(refused);
                }
                try (DirectoryStream<Path> entries = Files.newDirectoryStream(open.path())) {
                    for (Path entry : entries) {
                        add(directory.resolve(Objects.requireNonNull(entry.getFileName())), entry);
                    }
                }
            } catch (NoSuchFileException | NotDirectoryException e) {
                gone(directory, e);
            } catch (DirectoryIteratorException e) {
                problem(directory + " cannot be listed: " + e.getCause());
            } catch (IOException e) {
                problem(directory + " cannot be listed: " + e);
            }
        }

        /** A directory may be deleted at any time, but the folder itself is missed. */
        private void gone(Path directory, IOException e) {
            if (directory.equals(root)) {
                problem(e instanceof NotDirectoryException ? root + " is no folder" : root + " does not exist");
            }
        }

        private void add(Path entry, Path present) throws InterruptedException {
            BasicFileAttributes attributes;
            try {
                attributes = Files.readAttributes(present, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            } catch (NoSuchFileException _) {
                return;
            } catch (IOException e) {
                problem(entry + " cannot be read: " + e);
                return;
            }
            if (attributes.isDirectory()) {
                directories.add(entry);
            } else if (attributes.isRegularFile()) {
                files++;
                chunk.add(entry);
                if (chunk.size() == CHUNK) {
                    flush();
                }
            }
        }

        private void flush() throws InterruptedException {
            if (!chunk.isEmpty()) {
                sightings.found(List.copyOf(chunk));
                chunk.clear();
            }
        }

        private void problem(String found) {
            if (problem == null) {
                problem = found;
            }
        }
    }
}
