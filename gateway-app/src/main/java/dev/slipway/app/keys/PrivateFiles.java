package dev.slipway.app.keys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Reads and writes small key files. A file is never visible half written or with wider permissions. */
public final class PrivateFiles {
    /** A key file of a megabyte is a mistake, not a key. */
    static final int LARGEST = 1 << 20;

    private PrivateFiles() {}

    /** Creates a directory, with its parents, that only its owner may enter; an existing one keeps its mode. */
    public static void createDirectory(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Files.createDirectories(directory, mode(directory, "rwx------"));
    }

    /** Atomically writes a file that only its owner may read (mode 0600). */
    public static void writeSecret(Path file, String text) throws IOException {
        write(file, text, "rw-------");
    }

    /** Atomically writes a file that everybody may read (mode 0644). */
    public static void writePublic(Path file, String text) throws IOException {
        write(file, text, "rw-r--r--");
    }

    private static void write(Path file, String text, String mode) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(temporary);
        try (var channel = Files.newByteChannel(
                temporary,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SYNC),
                mode(file, mode))) {
            var bytes = StandardCharsets.UTF_8.encode(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static FileAttribute<?>[] mode(Path file, String mode) {
        return file.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode))}
                : new FileAttribute<?>[0];
    }

    static byte[] readBytes(Path file) throws KeyFileException {
        return readBytes(file, LARGEST);
    }

    private static byte[] readBytes(Path file, int largest) throws KeyFileException {
        try {
            if (Files.isDirectory(file)) {
                throw new KeyFileException(file, "is a directory, not a file");
            }
            if (Files.size(file) > largest) {
                throw new KeyFileException(
                        file, "is larger than " + (largest >> 20) + " MiB; this cannot be the right file");
            }
            return Files.readAllBytes(file);
        } catch (KeyFileException e) {
            throw e;
        } catch (NoSuchFileException e) {
            throw new KeyFileException(file, "no such file", e);
        } catch (FileSystemException e) {
            String reason = e.getReason();
            throw new KeyFileException(
                    file,
                    "cannot be read (" + (reason == null ? "permission denied" : reason)
                            + "); it must be readable by the user that runs Slipway",
                    e);
        } catch (IOException e) {
            throw new KeyFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    static String readText(Path file) throws KeyFileException {
        return readText(file, LARGEST);
    }

    /** @param largest its maximum size in bytes, a multiple of 1 MiB */
    static String readText(Path file, int largest) throws KeyFileException {
        return new String(readBytes(file, largest), StandardCharsets.UTF_8);
    }
}
