package dev.slipway.app;

import dev.slipway.app.keys.PrivateFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** A gateway's state directory, locked while the gateway runs: two gateways must not share one. */
final class StateDirectory implements AutoCloseable {
    private final Path path;
    private final FileChannel lockFile;

    private StateDirectory(Path path, FileChannel lockFile) {
        this.path = path;
        this.lockFile = lockFile;
    }

    /** @throws IOException the directory cannot be created or written, or another gateway uses it */
    static StateDirectory open(Path path) throws IOException {
        try {
            PrivateFiles.createDirectory(path);
        } catch (IOException e) {
            throw new IOException("the state directory cannot be created: " + e, e);
        }
        FileChannel lockFile;
        try {
            lockFile = FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new IOException("the state directory " + path + " cannot be written: " + e, e);
        }
        FileLock lock = tryLock(lockFile);
        if (lock == null) {
            lockFile.close();
            throw new IOException("the directory " + path + " is in use by another gateway");
        }
        return new StateDirectory(path, lockFile);
    }

    private static @Nullable FileLock tryLock(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException e) {
            // Held by this very process.
            return null;
        }
    }

    Path hostKeys() {
        return path.resolve("ssh");
    }

    Path certificates() {
        return path.resolve("tls");
    }

    /** Where a running gateway listens. */
    Path listeners() {
        return path.resolve("listeners");
    }

    /** The history of administrators' shells. */
    Path histories() {
        return path.resolve("shell-history");
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
    }
}
