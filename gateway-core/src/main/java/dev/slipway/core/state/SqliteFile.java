package dev.slipway.core.state;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A state database in a SQLite file, and the lock file beside it that its gateway holds. */
final class SqliteFile {
    private SqliteFile() {}

    /** The run of the one gateway that owns a file, or of a command that opened it as well. */
    record OnlyRun(
            String own, @Nullable Path file, @Nullable FileChannel ownership) implements Runs {
        OnlyRun(@Nullable Path file, @Nullable FileChannel ownership) {
            this(UUID.randomUUID().toString(), file, ownership);
        }

        @Override
        public long freeBytes() {
            try {
                return file == null ? Long.MAX_VALUE : Files.getFileStore(file).getUsableSpace();
            } catch (IOException e) {
                // Writing a row shows whether rows can be written.
                return Long.MAX_VALUE;
            }
        }

        @Override
        public Set<String> live() {
            return Set.of(own);
        }

        @Override
        public boolean shared() {
            return false;
        }

        @Override
        public void close() {
            if (ownership != null) {
                disown(ownership);
            }
        }
    }

    /** Creates the folder if necessary. */
    static Path prepared(Path file) {
        Path absolute = file.toAbsolutePath();
        try {
            Files.createDirectories(absolute.getParent());
        } catch (IOException e) {
            throw new UncheckedIOException("the folder of the state database cannot be created: " + absolute, e);
        }
        return absolute;
    }

    /**
     * Writes a consistent copy of a database file, whether a gateway has it open or not. The copy is complete or does
     * not exist. Only its owner may read it, since it contains password hashes. Blocks until the copy is on disk.
     *
     * @param copy must not exist yet
     * @throws IOException if there is no such database, or the copy exists or cannot be written
     */
    static void backup(Path file, Path copy) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "no such state database");
        }
        if (Files.exists(copy)) {
            throw new FileAlreadyExistsException(copy.toString());
        }
        Path folder = copy.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new NoSuchFileException(String.valueOf(folder), null, "no such folder");
        }
        Path unfinished = Path.of(copy + ".unfinished");
        Files.deleteIfExists(unfinished);
        try {
            createForOwner(unfinished);
            String url = "jdbc:sqlite:" + file + "?busy_timeout=30000";
            try (Connection connection = DriverManager.getConnection(url);
                    PreparedStatement vacuum = connection.prepareStatement("VACUUM INTO ?")) {
                vacuum.setString(1, unfinished.toString());
                vacuum.execute();
            } catch (SQLException e) {
                throw new IOException("the state database " + file + " cannot be copied: " + e.getMessage(), e);
            }
            try (FileChannel written = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
                written.force(true);
            }
            Files.move(unfinished, copy, StandardCopyOption.ATOMIC_MOVE);
        } catch (UncheckedIOException e) {
            throw new IOException(e.getMessage() + ": " + e.getCause(), e);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    /** Contains password hashes: nobody but the owner may read it, or the files that SQLite puts beside it. */
    private static void createForOwner(Path file) {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return;
        }
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            // Keeps the permissions of an existing file.
        } catch (IOException e) {
            throw new UncheckedIOException("the file cannot be created: " + file, e);
        }
    }

    static HikariDataSource connect(Path file, int connections) {
        createForOwner(file);
        HikariConfig config = new HikariConfig();
        config.setPoolName("state");
        config.setMaximumPoolSize(connections);
        config.setJdbcUrl(
                // As a URI: in a plain path the driver takes a question mark for the start of the options.
                "jdbc:sqlite:" + file.toUri()
                        + "?journal_mode=WAL&synchronous=NORMAL&busy_timeout=30000&foreign_keys=true&transaction_mode=IMMEDIATE");
        return new HikariDataSource(config);
    }

    /** Returns null if another process owns it. */
    static @Nullable FileChannel own(Path database) {
        Path lockFile = database.resolveSibling(database.getFileName() + ".lock");
        try {
            FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock;
            try {
                lock = channel.tryLock();
            } catch (OverlappingFileLockException e) {
                lock = null;
            }
            if (lock == null) {
                channel.close();
                return null;
            }
            return channel;
        } catch (IOException e) {
            throw new UncheckedIOException("the state database cannot be locked: " + lockFile, e);
        }
    }

    static void disown(FileChannel ownership) {
        try {
            ownership.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the state database cannot be unlocked", e);
        }
    }
}
