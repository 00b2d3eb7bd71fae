package dev.slipway.ingest.watch.inotify;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Asks Linux who has a file open for writing. It grants a read lease only on a file that nobody has open for writing, to
 * the file's owner or a process with CAP_LEASE. Where it grants none, {@code /proc} lists the open files: all of them
 * to the superuser, to others those of their own processes.
 */
public final class OpenFiles {
    private static final int F_SETSIG = 10;
    private static final int F_SETLEASE = 1024;
    private static final int F_RDLCK = 0;
    private static final int F_UNLCK = 2;

    /** Ignored unless a program asks for it, on all Linux systems. */
    private static final int SIGURG = 23;

    /** The bits of the flags in /proc/PID/fdinfo that say how a file is open. */
    private static final int ACCESS_MODE = 3;

    private static final Path PROCESSES = Path.of("/proc");

    /** The namespace of processes that has all of the machine's. */
    private static final String ALL_PROCESSES = "pid:[4026531836]";

    private OpenFiles() {}

    /**
     * Looks whether anybody has a file open for writing. Blocks for a few system calls; and without a lease, for some for each
     * open file of the machine. Whoever opens the file for writing at the same time waits some microseconds.
     *
     * @param file a regular file; not a symbolic link
     * @throws IOException if the file cannot be opened for reading
     */
    public static Writers writersOf(Path file) throws IOException {
        if (!Inotify.isAvailable()) {
            return Writers.UNKNOWN;
        }
        int descriptor = open(file);
        try {
            // A lease that somebody breaks sends SIGIO, which would end this process.
            LinuxCalls.fcntl(descriptor, F_SETSIG, SIGURG);
            LinuxCalls.fcntl(descriptor, F_SETLEASE, F_RDLCK);
            LinuxCalls.fcntl(descriptor, F_SETLEASE, F_UNLCK);
            return Writers.NONE;
        } catch (LinuxException e) {
            return e.errno() == LinuxException.EAGAIN ? Writers.SOME : listed(file);
        } finally {
            LinuxCalls.close(descriptor);
        }
    }

    private static int open(Path file) throws IOException {
        String name = file.toAbsolutePath().toString();
        try {
            return LinuxCalls.open(name, LinuxCalls.FILE);
        } catch (LinuxException e) {
            // For the caller, who distinguishes a missing file from others.
            Files.readAttributes(file, BasicFileAttributes.class);
            throw e;
        }
    }

    /** As {@code /proc} lists open files. */
    static Writers listed(Path file) throws IOException {
        @Nullable
        Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        boolean seesAll = seesAll();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(PROCESSES, "[0-9]*")) {
            for (Path process : all) {
                switch (ofProcess(key, process)) {
                    case SOME -> {
                        return Writers.SOME;
                    }
                    case UNKNOWN -> seesAll = false;
                    case NONE -> {}
                }
            }
        } catch (IOException | DirectoryIteratorException _) {
            return Writers.UNKNOWN;
        }
        return seesAll ? Writers.NONE : Writers.UNKNOWN;
    }

    /** Whether the processes listed are all of the machine: in a container, or with hidepid, they are not. */
    private static boolean seesAll() {
        try {
            return Files.isReadable(PROCESSES.resolve("1/fd"))
                    && Files.readSymbolicLink(PROCESSES.resolve("self/ns/pid"))
                            .toString()
                            .equals(ALL_PROCESSES);
        } catch (IOException _) {
            return false;
        }
    }

    private static Writers ofProcess(@Nullable Object key, Path process) {
        try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
            for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
                if (isFile(descriptor)
                        && Objects.equals(key, keyOf(descriptor))
                        && isForWriting(process.resolve("fdinfo").resolve(descriptor.getFileName()))) {
                    return Writers.SOME;
                }
            }
            return Writers.NONE;
        } catch (AccessDeniedException _) {
            return Writers.UNKNOWN;
        } catch (IOException | RuntimeException _) {
            // The process has ended, and with it its open files.
            return Files.exists(process) ? Writers.UNKNOWN : Writers.NONE;
        }
    }

    /** Whether a descriptor is one of a file, as far as its name tells without asking its file system. */
    private static boolean isFile(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.startsWith("/") && !target.startsWith("/dev/") && !target.startsWith("/proc/");
        } catch (IOException _) {
            return false;
        }
    }

    private static @Nullable Object keyOf(Path descriptor) {
        try {
            return Files.readAttributes(descriptor, BasicFileAttributes.class).fileKey();
        } catch (IOException _) {
            return null;
        }
    }

    private static boolean isForWriting(Path information) {
        List<String> lines;
        try {
            lines = Files.readAllLines(information);
        } catch (IOException _) {
            return false;
        }
        return lines.stream()
                .filter(line -> line.startsWith("flags:"))
                .anyMatch(
                        line -> (Integer.parseInt(line.substring(6).strip(), 8) & ACCESS_MODE) != LinuxCalls.READ_ONLY);
    }
}
