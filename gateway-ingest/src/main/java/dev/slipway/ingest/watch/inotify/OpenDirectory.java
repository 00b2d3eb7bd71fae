package dev.slipway.ingest.watch.inotify;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A directory below a root, kept open. It is reached from the root by single names, none of which may be a symbolic link,
 * and {@link #path} leads to this very directory, whatever becomes of its names. So nobody who may write below the root can
 * have another directory used instead. Where there is no Linux with {@code /proc}, it is an ordinary path.
 */
public final class OpenDirectory implements AutoCloseable {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private static final boolean AVAILABLE = Inotify.isAvailable() && Files.isDirectory(DESCRIPTORS);

    private static final int IN_ROOT =
            LinuxCalls.READ_ONLY | LinuxCalls.CLOSE_ON_EXEC | LinuxCalls.DIRECTORY | LinuxCalls.NO_FOLLOW;

    private static final int NONE = -1;

    private final int descriptor;
    private final Path path;

    private OpenDirectory(int descriptor, Path path) {
        this.descriptor = descriptor;
        this.path = path;
    }

    /**
     * Opens a directory. Blocks for a system call for each name.
     *
     * @param root absolute; may be a symbolic link, or lead through some
     * @param relative below the root; the empty path is the root itself
     * @throws NoSuchFileException if it is missing
     * @throws NotDirectoryException if it is no directory, or a symbolic link is on the way
     */
    public static OpenDirectory open(Path root, Path relative) throws IOException {
        return open(root, relative, false);
    }

    /** Likewise, but creates below the root what is missing. */
    public static OpenDirectory create(Path root, Path relative) throws IOException {
        return open(root, relative, true);
    }

    private static OpenDirectory open(Path root, Path relative, boolean creates) throws IOException {
        if (!AVAILABLE) {
            Path path = root.resolve(relative);
            return new OpenDirectory(NONE, creates ? Files.createDirectories(path) : path);
        }
        Path reached = root;
        int descriptor;
        try {
            descriptor = LinuxCalls.open(
                    root.toString(), LinuxCalls.READ_ONLY | LinuxCalls.CLOSE_ON_EXEC | LinuxCalls.DIRECTORY);
        } catch (LinuxException e) {
            throw named(e, root);
        }
        for (Path name : relative) {
            if (name.toString().isEmpty()) {
                continue;
            }
            reached = reached.resolve(name);
            int parent = descriptor;
            try {
                if (creates) {
                    create(pathOf(parent).resolve(name));
                }
                descriptor = LinuxCalls.openAt(parent, bytes(name), IN_ROOT);
            } catch (LinuxException e) {
                throw named(e, reached);
            } finally {
                LinuxCalls.close(parent);
            }
        }
        return new OpenDirectory(descriptor, pathOf(descriptor));
    }

    private static void create(Path directory) throws IOException {
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException _) {
            // Whether it is a directory shows when it is opened.
        }
    }

    private static IOException named(LinuxException e, Path path) {
        return switch (e.errno()) {
            case LinuxException.ENOENT -> new NoSuchFileException(path.toString());
            case LinuxException.ENOTDIR, LinuxException.ELOOP -> new NotDirectoryException(path.toString());
            case LinuxException.EACCES -> new AccessDeniedException(path.toString());
            default -> e;
        };
    }

    private static Path pathOf(int descriptor) {
        return DESCRIPTORS.resolve(Integer.toString(descriptor));
    }

    /** The name as the kernel has it, also if it is no text in the encoding of this machine. */
    private static byte[] bytes(Path name) {
        String text = name.toString();
        if (name.getFileSystem().getPath(text).equals(name)) {
            return text.getBytes(LinuxCalls.NAMES);
        }
        // Only the URI of a path has its bytes.
        String encoded = name.toUri().getRawPath();
        String last = encoded.substring(encoded.lastIndexOf('/', encoded.length() - 2) + 1);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < last.length() && last.charAt(i) != '/'; i++) {
            if (last.charAt(i) == '%') {
                bytes.write(Integer.parseInt(last, i + 1, i + 3, 16));
                i += 2;
            } else {
                bytes.write(last.charAt(i));
            }
        }
        return bytes.toByteArray();
    }

    /**
     * A path of this directory until it is closed. Its last name may be a symbolic link of the kernel's own, which has to
     * be followed.
     */
    public Path path() {
        return path;
    }

    /** Whether {@link #path} is a link of the kernel's own. */
    public boolean isLink() {
        return descriptor != NONE;
    }

    /**
     * Opens a file in this directory for reading. A pipe in its place is refused, and does not block.
     *
     * @throws NoSuchFileException if there is no regular file of this name
     */
    public FileChannel read(Path name) throws IOException {
        Path file = path.resolve(name);
        if (descriptor == NONE) {
            return FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        }
        int opened;
        try {
            opened = LinuxCalls.openAt(descriptor, bytes(name), LinuxCalls.FILE);
        } catch (LinuxException e) {
            throw e.errno() == LinuxException.ELOOP ? new NoSuchFileException(name.toString()) : named(e, name);
        }
        try {
            if (!Files.isRegularFile(pathOf(opened))) {
                throw new NoSuchFileException(name.toString(), null, "not a regular file");
            }
            return FileChannel.open(pathOf(opened), StandardOpenOption.READ);
        } finally {
            LinuxCalls.close(opened);
        }
    }

    @Override
    public void close() {
        if (descriptor != NONE) {
            LinuxCalls.close(descriptor);
        }
    }
}
