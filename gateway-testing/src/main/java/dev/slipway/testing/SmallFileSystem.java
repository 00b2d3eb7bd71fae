package dev.slipway.testing;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A file system in memory with little space, or read-only. Mounted by root; other users skip such tests. */
public final class SmallFileSystem implements AutoCloseable {
    private final Path parent;
    private final Path folder;

    private SmallFileSystem(Path parent, Path folder) {
        this.parent = parent;
        this.folder = folder;
    }

    /**
     * Mounts a file system.
     *
     * @param name the name of the folder on which it is mounted
     * @param bytes its size; rounded up to whole pages
     */
    public static SmallFileSystem of(String name, long bytes) throws IOException {
        Path parent = Files.createTempDirectory("slipway-small");
        Path folder = Files.createDirectory(parent.resolve(name));
        String failure = run("mount", "-t", "tmpfs", "-o", "size=" + bytes, "slipway-test", folder.toString());
        if (!failure.isEmpty()) {
            Folders.delete(parent);
            Assumptions.abort("a separate file system cannot be mounted here: " + failure);
        }
        return new SmallFileSystem(parent, folder);
    }

    /** The folder on which it is mounted. */
    public Path folder() {
        return folder;
    }

    /** Makes it read-only, even for root. */
    public void makeReadOnly() throws IOException {
        String failure = run("mount", "-o", "remount,ro", folder.toString());
        if (!failure.isEmpty()) {
            throw new IOException("cannot make " + folder + " read-only: " + failure);
        }
    }

    /** Unmounts it, even if a file there is still open. */
    @Override
    public void close() throws IOException {
        String failure = run("umount", "-l", folder.toString());
        if (!failure.isEmpty()) {
            throw new IOException("cannot unmount " + folder + ": " + failure);
        }
        Folders.delete(parent);
    }

    /** Returns the error; empty if there was none. */
    private static String run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(Patience.SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return "timed out";
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
        return process.exitValue() == 0 ? "" : printed.isBlank() ? "exit code " + process.exitValue() : printed;
    }
}
