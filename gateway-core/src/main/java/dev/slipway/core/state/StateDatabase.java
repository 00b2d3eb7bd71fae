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
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * The state database: a SQLite file, brought to the present schema when it is opened. Safe for use by several threads.
 *
 * <p>Work runs on a few platform threads, because SQLite's native calls would pin the carrier of a virtual thread.
 */
public final class StateDatabase implements AutoCloseable {
    private static final int THREADS = 4;

    private final HikariDataSource dataSource;
    private final Jdbi jdbi;
    private final ExecutorService threads = Executors.newFixedThreadPool(
            THREADS, Thread.ofPlatform().name("state-", 0).daemon().factory());

    /** Null in a process that does not own the file. */
    private final @Nullable FileChannel ownership;

    private StateDatabase(HikariDataSource dataSource, @Nullable FileChannel ownership) {
        this.dataSource = dataSource;
        this.ownership = ownership;
        this.jdbi = Jdbi.create(dataSource);
    }

    /**
     * Opens a database file, creating it and its folder if need be. Blocks for the migration. The file belongs to one
     * gateway at a time: what another one is doing would look like what an earlier one has left behind.
     *
     * @throws UncheckedIOException if the folder cannot be made
     * @throws IllegalStateException if another gateway has it open
     */
    public static StateDatabase open(Path file) {
        Path absolute = file.toAbsolutePath();
        try {
            Files.createDirectories(absolute.getParent());
        } catch (IOException e) {
            throw new UncheckedIOException("the folder of the state database cannot be made: " + absolute, e);
        }
        FileChannel ownership = own(absolute);
        if (ownership == null) {
            throw new IllegalStateException(
                    "the state database " + absolute + " is in use by another gateway; give each its own");
        }
        try {
            HikariDataSource dataSource = connect(absolute);
            try {
                flyway(dataSource).migrate();
                return new StateDatabase(dataSource, ownership);
            } catch (RuntimeException e) {
                dataSource.close();
                throw e;
            }
        } catch (RuntimeException e) {
            disown(ownership);
            throw e;
        }
    }

    /**
     * Opens a database file beside a gateway that may have it open, for a command that changes a few rows. Creates the
     * file, and brings it to the present schema, if need be and no gateway has it open. Blocks for that.
     *
     * @throws UncheckedIOException if the folder cannot be made
     * @throws IllegalStateException if a gateway of an earlier version has it open, or another command is just making it
     */
    public static StateDatabase join(Path file) {
        Path absolute = file.toAbsolutePath();
        try {
            Files.createDirectories(absolute.getParent());
        } catch (IOException e) {
            throw new UncheckedIOException("the folder of the state database cannot be made: " + absolute, e);
        }
        HikariDataSource dataSource = connect(absolute);
        try {
            Flyway flyway = flyway(dataSource);
            if (flyway.info().pending().length > 0) {
                FileChannel ownership = own(absolute);
                if (ownership == null) {
                    throw new IllegalStateException("the state database " + absolute
                            + " is in use by a gateway of an earlier version; restart that with this version first");
                }
                try {
                    flyway.migrate();
                } finally {
                    disown(ownership);
                }
            }
            return new StateDatabase(dataSource, null);
        } catch (RuntimeException e) {
            dataSource.close();
            throw e;
        }
    }

    /**
     * Writes a copy of a database file as it is at this moment, whether a gateway has it open or not. The copy is whole or
     * not there at all. Only its owner may read it: it holds password hashes. Blocks until it is on the disk.
     *
     * @param copy must not exist yet
     * @throws IOException if there is no such database, or the copy exists or cannot be written
     */
    public static void backup(Path file, Path copy) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "there is no state database");
        }
        if (Files.exists(copy)) {
            throw new FileAlreadyExistsException(copy.toString());
        }
        Path folder = copy.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new NoSuchFileException(String.valueOf(folder), null, "there is no such folder");
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

    private static Flyway flyway(HikariDataSource dataSource) {
        return Flyway.configure(StateDatabase.class.getClassLoader())
                .dataSource(dataSource)
                .locations("classpath:db/migration")
                .load();
    }

    /** It holds password hashes: nobody but its owner may read it, nor the files that SQLite puts beside it. */
    private static void createForOwner(Path file) {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return;
        }
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            // Its permissions are what somebody made them.
        } catch (IOException e) {
            throw new UncheckedIOException("the file cannot be made: " + file, e);
        }
    }

    private static HikariDataSource connect(Path file) {
        createForOwner(file);
        HikariConfig config = new HikariConfig();
        config.setPoolName("state");
        config.setMaximumPoolSize(THREADS);
        config.setJdbcUrl(
                // As a URI: in a plain path the driver would take a question mark for the start of the options.
                "jdbc:sqlite:" + file.toUri()
                        + "?journal_mode=WAL&synchronous=NORMAL&busy_timeout=30000&foreign_keys=true&transaction_mode=IMMEDIATE");
        return new HikariDataSource(config);
    }

    /** Null if it belongs to somebody else. */
    private static @Nullable FileChannel own(Path database) {
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

    private static void disown(FileChannel ownership) {
        try {
            ownership.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the state database cannot be unlocked", e);
        }
    }

    /**
     * Runs work in one transaction. Blocks until it is committed.
     *
     * @throws StateException if the database could not do it
     */
    <T> T inTransaction(HandleCallback<T, RuntimeException> work) {
        return await(() -> jdbi.inTransaction(work));
    }

    /**
     * Runs a single query, which does not keep writers waiting as a transaction would. Blocks for it.
     *
     * @throws StateException if the database could not do it
     */
    <T> T read(HandleCallback<T, RuntimeException> query) {
        return await(() -> jdbi.withHandle(query));
    }

    private <T> T await(Callable<T> work) {
        boolean interrupted = false;
        var result = threads.submit(work);
        try {
            while (true) {
                try {
                    return result.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw new StateException("the state database failed: " + e.getCause(), e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        threads.close();
        dataSource.close();
        if (ownership != null) {
            disown(ownership);
        }
    }
}
